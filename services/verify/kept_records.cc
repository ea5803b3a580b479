#include "verify/kept_records.h"

#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/audit/v1/event.pb.h"
#include "db/sqlite/statement.h"
#include "ledger/leaf_parser.h"
#include "ledger/tree.h"
#include "storage/retention_store.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Cell;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;

constexpr char kBeginRows[] = "SELECT seq FROM log_begin WHERE only = 1";
constexpr char kLeafRows[] = "SELECT seq, leaf FROM kept_leaves ORDER BY seq";
// A tile of another level has no block; so it is said of the last there can be.
constexpr char kBlockRows[] =
    "SELECT DISTINCT CASE level WHEN 1 THEN number WHEN 0 THEN number >> 8 ELSE -1 END"
    " FROM kept_tiles";

absl::StatusOr<int64_t> ReadBegin(Connection& ledger) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kBeginRows));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return 0;
  return select.Type(0) == ValueType::kInteger ? select.Integer(0) : -1;
}

absl::Status ReadLeaves(Connection& ledger, KeptRecords& records, Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kLeafRows));
  std::vector<Cell> row(2);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    select.Read(row);
    if (row[1].type == ValueType::kBlob) {
      records.leaves[static_cast<uint64_t>(row[0].integer)] = ParseKeptLeaf(row[1].bytes);
    } else {
      findings.Add(Fault::kColumnType, absl::StrCat("ledger.db: the leaf of ", row[0].integer));
    }
  }
}

absl::Status ReadBlocks(Connection& ledger, KeptRecords& records) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kBlockRows));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    records.blocks.insert(static_cast<uint64_t>(select.Integer(0)));
  }
}

}  // namespace

KeptLeaf ParseKeptLeaf(absl::string_view bytes) {
  KeptLeaf kept{.hash = ledger::LeafHash(bytes)};
  const absl::StatusOr<ledger::Leaf> leaf = ledger::ParseLeaf(bytes);
  if (!leaf.ok() || leaf->event.source() != audit::v1::SOURCE_SERVICE) return kept;
  if (!storage::OutlastsPruning(leaf->event.action())) return kept;
  kept.action = leaf->event.action();
  kept.public_details = leaf->event.public_details();
  return kept;
}

absl::StatusOr<KeptRecords> KeptRecords::Read(Connection& ledger, Findings& findings) {
  KeptRecords records;
  DAYBOOK_ASSIGN_OR_RETURN(records.begin, ReadBegin(ledger));
  DAYBOOK_RETURN_IF_ERROR(ReadLeaves(ledger, records, findings));
  DAYBOOK_RETURN_IF_ERROR(ReadBlocks(ledger, records));
  return records;
}

}  // namespace daybook::verify
