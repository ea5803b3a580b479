#include "verify/row_check.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "ledger/redaction.h"
#include "storage/erasure.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Cell;
using ::daybook::db::sqlite::ValueType;
using ::daybook::ledger::Group;

const char* TypeName(ValueType type) {
  switch (type) {
    case ValueType::kNull:
      return "NULL";
    case ValueType::kInteger:
      return "INTEGER";
    case ValueType::kReal:
      return "REAL";
    case ValueType::kText:
      return "TEXT";
    case ValueType::kBlob:
      return "BLOB";
  }
  return "";
}

}  // namespace

void RowCheck::Take(std::span<const Cell> cells, Findings& findings) {
  cells_ = cells;
  CheckTypes(findings);
  Gather();
  leaf_.reset();
  erased_ = 0;
  if (cells_[shape_.at().leaf_version].integer != ledger::kLeafVersion) {
    return Tell(Fault::kLeafVersion, "leaf_version", findings);
  }
  if (!Commit(findings)) return;
  leaf_ = hasher_.HashOf(values_, {.created_at = created_at(), .event_time = event_time()},
                         commitments_);
  if (hasher_.leaf_bytes() > ledger::kMaxLeafBytes) Tell(Fault::kLeafTooLong, "", findings);
}

void RowCheck::Tell(Fault fault, const std::string& what, Findings& findings) const {
  findings.Add(fault, static_cast<uint64_t>(id()), what);
}

void RowCheck::CheckTypes(Findings& findings) const {
  for (size_t place = 0; place < cells_.size(); ++place) {
    const Cell& cell = cells_[place];
    const RowShape::Column& column = shape_.columns()[place];
    if (cell.type == ValueType::kNull ? column.nullable : cell.type == column.type) {
      if (cell.type == ValueType::kText && cell.bytes.empty()) {
        Tell(Fault::kEmptyText, column.name, findings);
      }
      continue;
    }
    Tell(Fault::kColumnType,
         absl::StrCat(column.name, " is ", TypeName(cell.type), ", not ", TypeName(column.type)),
         findings);
  }
}

void RowCheck::Gather() {
  for (const RowShape::Text& text : shape_.texts()) {
    values_.*text.value = cells_[text.place].bytes;
  }
  values_.source = source();
  values_.outcome = outcome();
  const auto optional = [](const Cell& cell) {
    return cell.type == ValueType::kNull ? std::nullopt : std::optional(cell.integer);
  };
  values_.user_id = optional(cells_[shape_.at().user_id]);
  values_.producer_sequence = optional(cells_[shape_.at().producer_sequence]);
}

bool RowCheck::Commit(Findings& findings) {
  commitments_ = {};
  if (cells_[shape_.at().redaction].type == ValueType::kNull) return CommitBySalt(findings);
  return CommitByRedaction(findings);
}

bool RowCheck::CommitBySalt(Findings& findings) {
  const Cell& stored = cells_[shape_.at().salt];
  ledger::Salt salt{};
  if (stored.type != ValueType::kNull && stored.bytes.size() != salt.size()) {
    Tell(Fault::kSaltInvalid, absl::StrCat("it has ", stored.bytes.size(), " bytes, not 32"),
         findings);
    return false;
  }
  std::copy(stored.bytes.begin(), stored.bytes.end(), salt.begin());
  bool has_any = false;
  for (const Group group : ledger::kGroups) {
    if (!ledger::HasFields(group, values_)) continue;
    has_any = true;
    commitments_.Set(group, hasher_.CommitmentTo(group, values_, ledger::GroupSalt(group, salt)));
  }
  if (has_any == (stored.type != ValueType::kNull)) return true;
  Tell(Fault::kSaltInvalid, has_any ? "there is none" : "there is nothing to hide", findings);
  return false;
}

bool RowCheck::CommitByRedaction(Findings& findings) {
  const auto redaction = ledger::Redaction::Parse(cells_[shape_.at().redaction].bytes);
  if (!redaction.ok()) {
    Tell(Fault::kRedactionInvalid, std::string(redaction.status().message()), findings);
    return false;
  }
  if (cells_[shape_.at().salt].type != ValueType::kNull) {
    Tell(Fault::kErasureIncomplete, "salt", findings);
  }
  if (storage::IsProtected(values_.action)) Tell(Fault::kErasureForbidden, "", findings);
  for (const Group group : ledger::kGroups) {
    const bool has_fields = ledger::HasFields(group, values_);
    const std::optional<ledger::Hash> group_salt = redaction->KeptSalt(group);
    if (const std::optional<ledger::Hash> commitment = redaction->Commitment(group)) {
      commitments_.Set(group, *commitment);
      erased_ |= SetOf(group);
      if (has_fields) Tell(Fault::kErasureIncomplete, "values remain", findings);
    } else if (has_fields != group_salt.has_value()) {
      Tell(Fault::kRedactionInvalid, "it does not name the groups that are there", findings);
      return false;
    } else if (has_fields) {
      commitments_.Set(group, hasher_.CommitmentTo(group, values_, *group_salt));
    }
  }
  return true;
}

}  // namespace daybook::verify
