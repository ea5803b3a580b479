#include "verify/file_schema.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/schema/v1/schema_version.pb.h"
#include "schema/store_ddl.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;

constexpr char kObjects[] =
    "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name";
constexpr char kStatisticsBegin[] = "sqlite_stat";

// Text means other characters in another encoding.
constexpr const char* kMarks[] = {"application_id", "user_version", "encoding"};

}  // namespace

absl::StatusOr<FileSchema> FileSchema::MadeBy(const std::vector<std::string>& ddl) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection scratch, Connection::Open(":memory:", OpenMode::kCreate));
  for (const std::string& statement : ddl) DAYBOOK_RETURN_IF_ERROR(scratch.Execute(statement));
  return Of(scratch);
}

absl::StatusOr<FileSchema> FileSchema::Of(Connection& connection) {
  FileSchema schema;
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection.PrepareKnown(kObjects));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) break;
    const std::string name = select.Text(1);
    const bool is_statistics =
        select.Text(0) == "table" && absl::StartsWith(name, kStatisticsBegin) &&
        absl::StartsWith(select.Bytes(3), absl::StrCat("CREATE TABLE ", name));
    if (is_statistics) continue;
    schema.objects_[{select.Text(0), name}] = {.table = select.Text(2), .sql = select.Text(3)};
  }
  for (const char* const mark : kMarks) {
    DAYBOOK_ASSIGN_OR_RETURN(schema.marks_[mark],
                             connection.QueryText(absl::StrCat("PRAGMA ", mark)));
  }
  return schema;
}

std::string FileSchema::FirstDifference(const FileSchema& found) const {
  for (const auto& [name, right] : objects_) {
    const auto other = found.objects_.find(name);
    const std::string called = absl::StrCat(name.first, " ", name.second);
    if (other == found.objects_.end()) return absl::StrCat(called, " is missing");
    if (!(other->second == right)) return absl::StrCat(called, " is another");
  }
  for (const auto& [name, other] : found.objects_) {
    if (!objects_.contains(name)) {
      return absl::StrCat(name.first, " ", name.second, " does not belong there");
    }
  }
  for (const auto& [mark, right] : marks_) {
    const std::string& other = found.marks_.at(mark);
    if (other != right) return absl::StrCat(mark, " is ", other, ", not ", right);
  }
  return "";
}

absl::StatusOr<StoreSchema> StoreSchema::Of(int version) {
  StoreSchema schema;
  std::vector<std::string> ledger = schema::LedgerDdl();
  if (version >= schema::v1::SCHEMA_VERSION_KEEP_LEDGER) {
    const std::vector<std::string> more = schema::KeepLedgerDdl();
    ledger.insert(ledger.end(), more.begin(), more.end());
  }
  DAYBOOK_ASSIGN_OR_RETURN(schema.ledger_, FileSchema::MadeBy(ledger));
  DAYBOOK_ASSIGN_OR_RETURN(schema.catalog_, FileSchema::MadeBy(schema::CatalogDdl()));
  std::vector<std::string> segment = schema::SegmentDdl();
  DAYBOOK_ASSIGN_OR_RETURN(schema.segment_, FileSchema::MadeBy(segment));
  const std::vector<std::string> seal = schema::SealStatements();
  segment.insert(segment.end(), seal.begin(), seal.end());
  DAYBOOK_ASSIGN_OR_RETURN(schema.sealed_, FileSchema::MadeBy(segment));
  return schema;
}

absl::Status StoreSchema::CheckStatements(Connection& connection, const std::string& table,
                                          const std::vector<std::string>& right,
                                          const std::string& file, Findings& findings) {
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      connection.PrepareKnown(absl::StrCat("SELECT statement FROM ", table, " ORDER BY position")));
  std::vector<std::string> found;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) break;
    found.push_back(select.Text(0));
  }
  if (found != right) {
    findings.Add(Fault::kSchemaChanged,
                 absl::StrCat(file, ": the statements in ", table, " are others"));
  }
  return absl::OkStatus();
}

}  // namespace daybook::verify
