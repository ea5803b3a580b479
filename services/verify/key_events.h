#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/store_layout.h"
#include "ledger/key_change.h"
#include "verify/findings.h"
#include "verify/kept_records.h"
#include "verify/row_check.h"

namespace daybook::verify {

// An event with which the log says that it signs with a further key, or with one no
// more.
struct KeyEvent {
  uint64_t seq = 0;
  bool adds = false;
  std::optional<ledger::KeyChange> change = {};  // nothing where it is not in its form
};

// A key as ledger.db says that the log has signed with it.
struct KeyRow {
  std::string verifier = {};
  std::optional<uint64_t> added = {};
  std::optional<uint64_t> retired = {};

  friend bool operator==(const KeyRow&, const KeyRow&) = default;
};

// What an event of the service says, where it is one.
std::optional<KeyEvent> KeyEventOf(absl::string_view action, absl::string_view public_details,
                                   uint64_t seq);
// The same of the row that was taken last.
std::optional<KeyEvent> KeyEventIn(const RowCheck& row, uint64_t seq);

// The events that the rows point to, in order; of some the leaf is kept. Whether they are what was
// recorded, verifying the log shows. UNAVAILABLE where a segment cannot be opened now.
absl::StatusOr<std::vector<KeyEvent>> ReadKeyEvents(const db::sqlite::StoreLayout& layout,
                                                    uint64_t segment_events,
                                                    const std::map<uint64_t, KeptLeaf>& kept,
                                                    std::span<const KeyRow> rows);

// Holds the rows against all such events of the log. The newest may lack its row where
// no checkpoint covers it: those are of `signed_size` at most.
void CheckKeyRows(std::span<const KeyRow> rows, std::span<const KeyEvent> events,
                  uint64_t signed_size, Findings& findings);

}  // namespace daybook::verify
