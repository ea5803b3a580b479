#include "daybook/importer/recorded_rows.h"

#include "absl/hash/hash.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "ledger/hash.h"
#include "schema/utf8.h"

namespace daybook::cli::importer {
namespace {

using ::daybook::audit::v1::Event;

// What the 64 characters of a request_id leave for a name.
constexpr size_t kMaxTableCharacters = 36;
constexpr size_t kDigestCharacters = 32;

std::string PrefixOf(const std::string& table) {
  const auto characters = schema::CountCharacters(table);
  if (characters && *characters <= kMaxTableCharacters) return absl::StrCat("import:", table, ":");
  return absl::StrCat("import:#", ledger::ToHex(ledger::Sha256(table)).substr(0, kDigestCharacters),
                      ":");
}

// Of what a row says. Differs between runs of the program.
uint64_t DigestOf(const Event& event) {
  return absl::HashOf(event.action(), event.has_user_id(), event.user_id(), event.telegram_id(),
                      event.resource_type(), event.resource_id(), event.details(),
                      event.ip_address(), event.user_agent());
}

}  // namespace

std::string RequestIdOf(const std::string& table, int64_t row) {
  return absl::StrCat(PrefixOf(table), row);
}

RecordedRows::RecordedRows(const std::string& table) : prefix_(PrefixOf(table)) {}

void RecordedRows::Add(const Event& stored) {
  absl::string_view id = stored.request_id();
  int64_t row = 0;
  if (!absl::ConsumePrefix(&id, prefix_) || !absl::SimpleAtoi(id, &row)) return;
  rows_.emplace(row, Recorded{.seq = stored.seq(),
                              .digest = DigestOf(stored),
                              .event_time = MicrosOf(stored.event_time()),
                              .created_at = MicrosOf(stored.created_at())});
}

RecordedRows::State RecordedRows::StateOf(int64_t row, const Event& event) const {
  const auto found = rows_.find(row);
  if (found == rows_.end()) return State::kNew;
  const Recorded& recorded = found->second;
  // An event without a time of its own was given that of its recording.
  const Micros time = event.has_event_time() ? MicrosOf(event.event_time()) : recorded.created_at;
  const bool is_same = recorded.digest == DigestOf(event) && recorded.event_time == time;
  return is_same ? State::kSame : State::kChanged;
}

std::optional<uint64_t> RecordedRows::SeqOf(int64_t row) const {
  const auto found = rows_.find(row);
  if (found == rows_.end()) return std::nullopt;
  return found->second.seq;
}

}  // namespace daybook::cli::importer
