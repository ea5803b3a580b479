#include "journal/operator_words.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "schema/utf8.h"
#include "telemetry/log.h"

namespace daybook::journal {
namespace {

constexpr uint64_t kMaxNameCharacters = 256;
constexpr uint64_t kMaxReasonCharacters = 1'024;

bool HoldsControls(const std::string& text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_iscntrl(c); });
}

void CheckText(const std::string& field, const std::string& text, uint64_t max_characters,
               std::vector<FieldViolation>& violations) {
  const auto characters = schema::CountCharacters(text);
  if (!text.empty() && characters && *characters <= max_characters && !HoldsControls(text)) return;
  violations.push_back({.reason = Reason::kFieldInvalid,
                        .field = field,
                        .description = absl::StrCat("must be 1 to ", max_characters,
                                                    " characters without control characters")});
}

}  // namespace

OperatorWords CheckWords(std::string by, std::string ticket, std::string reason,
                         std::vector<FieldViolation>& violations) {
  CheckText("by", by, kMaxNameCharacters, violations);
  CheckText("ticket", ticket, kMaxNameCharacters, violations);
  CheckText("reason", reason, kMaxReasonCharacters, violations);
  return {.by = std::move(by), .ticket = std::move(ticket), .reason = std::move(reason)};
}

std::string JsonOf(const OperatorWords& words) {
  return absl::StrCat(R"("by":)", telemetry::JsonQuoted(words.by), R"(,"ticket":)",
                      telemetry::JsonQuoted(words.ticket), R"(,"reason":)",
                      telemetry::JsonQuoted(words.reason));
}

}  // namespace daybook::journal
