#include "verify/key_events.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/audit/v1/event.pb.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::WholeRows;

// Nothing where there is no such event.
absl::StatusOr<std::optional<KeyEvent>> ReadAt(uint64_t seq, const RowShape& shape,
                                               const std::string& path) {
  absl::StatusOr<Connection> segment = OpenToRead(path);
  if (absl::IsDataLoss(segment.status()) || absl::IsNotFound(segment.status())) {
    return std::nullopt;  // reading the log tells
  }
  if (!segment.ok()) return segment.status();
  absl::StatusOr<WholeRows> rows = shape.Select(*segment, "WHERE id = ?1");
  if (!rows.ok()) return std::nullopt;
  rows->BindInteger(1, static_cast<int64_t>(seq));
  const absl::StatusOr<bool> has_row = rows->Step();
  if (!has_row.ok() || !*has_row) return std::nullopt;
  RowCheck row(shape);
  Findings told_later;
  row.Take(rows->cells(), told_later);
  return KeyEventIn(row, seq);
}

// What the events say, in the order of ledger.db: the first key is the one that vouches
// for the second.
std::vector<KeyRow> RowsOf(std::span<const KeyEvent> events) {
  std::vector<KeyRow> rows;
  const auto row_of = [&rows](const ledger::VerifierKey& key) -> KeyRow& {
    const std::string verifier = key.ToString();
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const KeyRow& row) { return row.verifier == verifier; });
    return found != rows.end() ? *found : rows.emplace_back(KeyRow{.verifier = verifier});
  };
  for (const KeyEvent& event : events) {
    if (!event.change) continue;
    row_of(event.change->signed_by);
    KeyRow& row = row_of(event.change->key);
    (event.adds ? row.added : row.retired) = event.seq;
  }
  return rows;
}

bool IsBehind(const std::optional<uint64_t>& seq, uint64_t size) { return seq && *seq >= size; }

}  // namespace

std::optional<KeyEvent> KeyEventIn(const RowCheck& row, uint64_t seq) {
  if (row.source() != audit::v1::SOURCE_SERVICE) return std::nullopt;
  return KeyEventOf(row.values().action, row.values().public_details, seq);
}

std::optional<KeyEvent> KeyEventOf(absl::string_view action, absl::string_view public_details,
                                   uint64_t seq) {
  const bool adds = action == ledger::kKeyAddedAction;
  const bool retires = action == ledger::kKeyRetiredAction;
  if (!adds && !retires) return std::nullopt;
  return KeyEvent{.seq = seq, .adds = adds, .change = ledger::ParseKeyChange(public_details)};
}

absl::StatusOr<std::vector<KeyEvent>> ReadKeyEvents(const db::sqlite::StoreLayout& layout,
                                                    uint64_t segment_events,
                                                    const std::map<uint64_t, KeptLeaf>& kept,
                                                    std::span<const KeyRow> rows) {
  std::set<uint64_t> seqs;
  for (const KeyRow& row : rows) {
    if (row.added) seqs.insert(*row.added);
    if (row.retired) seqs.insert(*row.retired);
  }
  const RowShape shape;
  std::vector<KeyEvent> events;
  events.reserve(seqs.size());
  for (const uint64_t seq : seqs) {
    std::optional<KeyEvent> event;
    if (const auto leaf = kept.find(seq); leaf != kept.end()) {
      event = KeyEventOf(leaf->second.action, leaf->second.public_details, seq);
    } else {
      DAYBOOK_ASSIGN_OR_RETURN(event, ReadAt(seq, shape, layout.Segment(seq / segment_events)));
    }
    if (event) events.push_back(*std::move(event));
  }
  return events;
}

void CheckKeyRows(std::span<const KeyRow> rows, std::span<const KeyEvent> events,
                  uint64_t signed_size, Findings& findings) {
  for (const KeyEvent& event : events) {
    if (!event.change) findings.Add(Fault::kKeyMismatch, event.seq, "public_details");
  }
  const std::vector<KeyRow> right = RowsOf(events);
  for (const KeyRow& row : right) {
    if (std::find(rows.begin(), rows.end(), row) != rows.end()) continue;
    if (IsBehind(row.added, signed_size) || IsBehind(row.retired, signed_size)) continue;
    findings.Add(Fault::kKeyMismatch, absl::StrCat("ledger.db: the key ", row.verifier));
  }
  // A log that never had another key than its first does not name it.
  const bool names_none = right.empty() && rows.size() == 1 && !rows[0].added && !rows[0].retired;
  if (names_none) return;
  for (const KeyRow& row : rows) {
    const bool is_named = std::any_of(right.begin(), right.end(), [&](const KeyRow& each) {
      return each.verifier == row.verifier;
    });
    if (is_named) continue;
    findings.Add(Fault::kKeyMismatch,
                 absl::StrCat("ledger.db: no event names the key ", row.verifier));
  }
}

}  // namespace daybook::verify
