#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/timestamp.h"
#include "db/sqlite/statement.h"
#include "ledger/hash.h"
#include "ledger/leaf_encoding.h"
#include "verify/findings.h"
#include "verify/row_shape.h"

namespace daybook::verify {

// A set of groups: bit g - 1 for group g.
using GroupSet = uint8_t;

inline GroupSet SetOf(ledger::Group group) {
  return static_cast<GroupSet>(1U << (static_cast<unsigned>(group) - 1));
}

// Reads rows of audit_logs and judges each by itself: the types of its values, its
// salt, what was erased of it; and computes its leaf.
//
// Thread-compatible.
class RowCheck {
 public:
  // `shape` must outlive it.
  explicit RowCheck(const RowShape& shape) : shape_(shape) {}

  // Takes a row that shape.Select() gave, which lives as long as it is asked for. What is wrong
  // with it goes to `findings`.
  void Take(std::span<const db::sqlite::Cell> cells, Findings& findings);

  // Of the row that was taken last.
  int64_t id() const { return cells_[shape_.at().id].integer; }
  Micros created_at() const { return cells_[shape_.at().created_at].integer; }
  Micros event_time() const { return cells_[shape_.at().event_time].integer; }
  int64_t outcome() const { return cells_[shape_.at().outcome].integer; }
  int64_t source() const { return cells_[shape_.at().source].integer; }
  std::span<const db::sqlite::Cell> cells() const { return cells_; }
  const ledger::LeafValues& values() const { return values_; }
  GroupSet erased() const { return erased_; }
  // Nothing where it cannot be computed.
  const std::optional<ledger::Hash>& leaf() const { return leaf_; }

 private:
  void Tell(Fault fault, const std::string& what, Findings& findings) const;
  void CheckTypes(Findings& findings) const;
  void Gather();
  bool Commit(Findings& findings);
  bool CommitBySalt(Findings& findings);
  bool CommitByRedaction(Findings& findings);

  const RowShape& shape_;
  std::span<const db::sqlite::Cell> cells_;
  ledger::LeafHasher hasher_;
  ledger::LeafValues values_;
  ledger::Commitments commitments_;
  GroupSet erased_ = 0;
  std::optional<ledger::Hash> leaf_;
};

}  // namespace daybook::verify
