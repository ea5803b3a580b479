#include "journal/erasure_request.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "schema/utf8.h"

namespace daybook::journal {
namespace {

using ::daybook::ledger::Group;

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

std::vector<Group> CheckGroups(const admin::v1::EraseEventsRequest& request,
                               std::vector<FieldViolation>& violations) {
  std::vector<Group> groups;
  groups.reserve(static_cast<size_t>(request.groups_size()));
  for (const int number : request.groups()) {
    const auto group = static_cast<Group>(number);
    const bool is_known = number >= 1 && number <= static_cast<int>(ledger::kGroups.size());
    if (is_known && std::find(groups.begin(), groups.end(), group) == groups.end()) {
      groups.push_back(group);
    }
  }
  if (groups.empty() || groups.size() != static_cast<size_t>(request.groups_size())) {
    violations.push_back({.reason = Reason::kFieldInvalid,
                          .field = "groups",
                          .description = "must name at least one group, and none twice"});
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace

absl::StatusOr<ErasureRequest> CheckErasure(const admin::v1::EraseEventsRequest& request) {
  std::vector<FieldViolation> violations;
  ErasureRequest checked{.filter = {},
                         .groups = CheckGroups(request, violations),
                         .by = request.by(),
                         .ticket = request.ticket(),
                         .reason = request.reason(),
                         .validate_only = request.validate_only()};
  CheckText("by", checked.by, kMaxNameCharacters, violations);
  CheckText("ticket", checked.ticket, kMaxNameCharacters, violations);
  CheckText("reason", checked.reason, kMaxReasonCharacters, violations);
  DAYBOOK_ASSIGN_OR_RETURN(checked.filter, query::Filter::Parse(request.filter()));
  if (checked.filter.terms().empty()) {
    violations.push_back({.reason = Reason::kFieldInvalid,
                          .field = "filter",
                          .description = "must say which events; without it, it would be all"});
  }
  if (!violations.empty()) return InvalidFieldsError(violations);
  return checked;
}

}  // namespace daybook::journal
