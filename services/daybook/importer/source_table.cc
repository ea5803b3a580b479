#include "daybook/importer/source_table.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "core/errors.h"
#include "core/status_macros.h"

namespace daybook::cli::importer {
namespace {

namespace fs = std::filesystem;

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;

// As a number: text of such a database comes out as it is kept.
constexpr char kEncoding[] =
    "SELECT CASE encoding WHEN 'UTF-8' THEN 0 WHEN 'UTF-16le' THEN 1 ELSE 2 END"
    " FROM pragma_encoding";
constexpr std::array kEncodings = {"UTF-8", "UTF-16le", "UTF-16be"};
constexpr char kFindTable[] =
    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
constexpr char kAllTables[] =
    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    " ORDER BY name LIMIT 20";
constexpr char kColumnsOf[] = "SELECT name FROM pragma_table_xinfo(?1)";
// KEY and TABLE stand for names, which cannot be bound.
constexpr char kMeasure[] =
    "SELECT count(*), count(DISTINCT KEY), ifnull(sum(typeof(KEY) = 'integer'), 0), min(KEY),"
    " max(KEY) FROM TABLE";

// A page is what one read takes into memory.
constexpr int64_t kPageRows = 10'000;
constexpr size_t kPageBytes = size_t{8} << 20;

std::string Quoted(const std::string& name) {
  return absl::StrCat("\"", absl::StrReplaceAll(name, {{"\"", "\"\""}}), "\"");
}

// By the file format version in the header.
bool IsInWalMode(const std::string& path) {
  constexpr std::streamoff kReadVersion = 19;
  constexpr int kWal = 2;
  std::ifstream file(path, std::ios::binary);
  file.seekg(kReadVersion);
  return file.get() == kWal;
}

bool MayWriteBeside(const std::string& path) {
  const std::string folder = fs::absolute(path).parent_path();
  return access(folder.c_str(), W_OK) == 0;
}

// What an error of SQLite's means for who wants to read `path`.
absl::Status Explain(const absl::Status& error, const std::string& path) {
  switch (error.code()) {
    case absl::StatusCode::kOk:
      return error;
    case absl::StatusCode::kNotFound:
      return absl::NotFoundError(absl::StrCat("there is no database ", path));
    case absl::StatusCode::kDataLoss:
      return absl::FailedPreconditionError(
          absl::StrCat(path, " is not an SQLite database, is encrypted, or is damaged"));
    case absl::StatusCode::kFailedPrecondition:
      if (IsInWalMode(path) && !MayWriteBeside(path)) break;
      return absl::FailedPreconditionError(absl::StrCat(
          path,
          " holds a transaction that was cut off, and reading it would first have to undo "
          "that: let its application open it once"));
    case absl::StatusCode::kUnavailable:
      break;
    default:
      return absl::FailedPreconditionError(absl::StrCat(path, ": ", error.message()));
  }
  if (access(path.c_str(), R_OK) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": no permission to read it"));
  }
  if (IsInWalMode(path) && !MayWriteBeside(path)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     " is in WAL mode, which cannot be read where nothing may be written "
                     "beside it: copy it, with its -wal where there is one, into a folder "
                     "of your own and import the copy"));
  }
  return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable,
                         absl::StrCat(path, " is locked by another program; try again"));
}

absl::StatusOr<std::vector<std::string>> Names(Statement& statement) {
  std::vector<std::string> names;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, statement.Step());
    if (!has_row) return names;
    names.push_back(statement.Text(0));
  }
}

Cell CellOf(const Statement& row, int column) {
  Cell cell{.type = row.Type(column)};
  switch (cell.type) {
    case ValueType::kNull:
      break;
    case ValueType::kInteger:
      cell.integer = row.Integer(column);
      break;
    case ValueType::kReal:
      cell.real = row.Real(column);
      break;
    case ValueType::kText:
    case ValueType::kBlob:
      cell.bytes = row.Text(column);
      break;
  }
  return cell;
}

size_t BytesIn(const SourceRow& row) {
  size_t bytes = sizeof(row);
  for (const Cell& cell : row.cells) bytes += cell.bytes.size();
  return bytes;
}

SourceRow RowOf(const Statement& statement) {
  SourceRow row{.id = statement.Integer(0), .cells = {}};
  for (size_t i = 0; i < kColumns; ++i) {
    row.cells[i] = CellOf(statement, static_cast<int>(i) + 1);
  }
  return row;
}

}  // namespace

absl::StatusOr<SourceTable> SourceTable::Open(const std::string& path, const std::string& table) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is a folder; name the file in it"));
  }
  absl::StatusOr<Connection> database = Connection::Open(path, OpenMode::kReadOnly);
  if (!database.ok()) return Explain(database.status(), path);
  SourceTable source(*std::move(database), path);
  DAYBOOK_RETURN_IF_ERROR(source.CheckEncoding());
  DAYBOOK_RETURN_IF_ERROR(source.FindTable(table));
  DAYBOOK_RETURN_IF_ERROR(source.FindColumns());
  DAYBOOK_RETURN_IF_ERROR(source.MeasureRows());
  return source;
}

// The first that reads the file.
absl::Status SourceTable::CheckEncoding() {
  const absl::StatusOr<int64_t> encoding = database_.QueryInteger(kEncoding);
  if (!encoding.ok()) return Explain(encoding.status(), path_);
  if (*encoding == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path_, " keeps its text as ", kEncodings[static_cast<size_t>(*encoding)],
                   "; import a copy in UTF-8: sqlite3 ", path_, " .dump | sqlite3 copy.db"));
}

absl::Status SourceTable::FindTable(const std::string& table) {
  absl::StatusOr<Statement> find = database_.Prepare(kFindTable);
  if (!find.ok()) return Explain(find.status(), path_);
  find->BindText(1, table);
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> found, Names(*find));
  if (!found.empty()) {
    name_ = found.front();
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(Statement all, database_.Prepare(kAllTables));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, Names(all));
  return absl::NotFoundError(absl::StrCat(path_, " has no table ", table, "; it has: ",
                                          tables.empty() ? "none" : absl::StrJoin(tables, ", ")));
}

absl::Status SourceTable::FindColumns() {
  DAYBOOK_ASSIGN_OR_RETURN(Statement statement, database_.Prepare(kColumnsOf));
  statement.BindText(1, name_);
  absl::StatusOr<std::vector<std::string>> columns = Names(statement);
  if (!columns.ok()) return Explain(columns.status(), path_);
  for (std::string& column : *columns) {
    const auto* const known =
        std::find_if(kColumnNames.begin(), kColumnNames.end(),
                     [&](const char* name) { return absl::EqualsIgnoreCase(name, column); });
    if (known != kColumnNames.end()) {
      has_[static_cast<size_t>(known - kColumnNames.begin())] = true;
    } else if (absl::EqualsIgnoreCase(column, "id")) {
      has_id_ = true;
    } else {
      other_columns_.push_back(std::move(column));
    }
  }
  if (Has(Column::kAction)) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("the table ", name_, " of ", path_,
                   " has no column action, which says what was done in each row"));
}

absl::Status SourceTable::MeasureRows() {
  const std::string sql = absl::StrReplaceAll(
      kMeasure, {{"KEY", has_id_ ? "\"id\"" : "rowid"}, {"TABLE", Quoted(name_)}});
  absl::StatusOr<Statement> measure = database_.Prepare(sql);
  if (!measure.ok()) return Explain(measure.status(), path_);
  const absl::StatusOr<bool> has_row = measure->Step();
  if (!has_row.ok()) return Explain(has_row.status(), path_);
  rows_ = static_cast<uint64_t>(measure->Integer(0));
  first_id_ = measure->Integer(3);
  last_id_ = measure->Integer(4);
  if (rows_ == 0) {
    return absl::NotFoundError(
        absl::StrCat("the table ", name_, " of ", path_, " has no rows: nothing to import"));
  }
  if (measure->Integer(1) == measure->Integer(0) && measure->Integer(2) == measure->Integer(0)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the ids of ", name_, " in ", path_, " are not all integers, each in one row only, so that",
      " rows could not be told apart; give it a view with such a column id"));
}

std::string SourceTable::Select() const {
  const std::string key = has_id_ ? "\"id\"" : "rowid";
  std::string sql = absl::StrCat("SELECT ", key);
  for (size_t i = 0; i < kColumns; ++i) {
    absl::StrAppend(&sql, ", ", has_[i] ? Quoted(kColumnNames[i]) : "NULL");
  }
  return absl::StrCat(sql, " FROM ", Quoted(name_), " WHERE ", key, " BETWEEN ?1 AND ?2 ORDER BY ",
                      key, " LIMIT ?3");
}

absl::StatusOr<std::vector<SourceRow>> SourceTable::ReadPage(Statement& select, int64_t first_id) {
  std::vector<SourceRow> page;
  select.BindInteger(1, first_id);
  select.BindInteger(2, last_id_);
  select.BindInteger(3, kPageRows);
  for (size_t bytes = 0; bytes < kPageBytes;) {
    const absl::StatusOr<bool> has_row = select.Step();
    if (!has_row.ok()) return Explain(has_row.status(), path_);
    if (!*has_row) break;
    page.push_back(RowOf(select));
    bytes += BytesIn(page.back());
  }
  select.Reset();
  return page;
}

absl::Status SourceTable::ForEachRow(absl::FunctionRef<absl::Status(const SourceRow&)> visit) {
  absl::StatusOr<Statement> select = database_.Prepare(Select());
  if (!select.ok()) return Explain(select.status(), path_);
  int64_t next_id = first_id_;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<SourceRow> page, ReadPage(*select, next_id));
    for (const SourceRow& row : page) DAYBOOK_RETURN_IF_ERROR(visit(row));
    if (page.empty() || page.back().id == last_id_) return absl::OkStatus();
    next_id = page.back().id + 1;
  }
}

}  // namespace daybook::cli::importer
