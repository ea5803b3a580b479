#include "migrator/sqlite/archive.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::sqltext::QuoteName;

constexpr char kNextArchive[] = "SELECT coalesce(max(id), 0) + 1 FROM mig_archive";
constexpr char kRowid[] = "mig_rowid";

absl::StatusOr<std::string> NextArchiveName(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t next, database.QueryInteger(kNextArchive));
  return absl::StrCat("mig_archive_", next);
}

// How the archive tells the rows apart: by rowid, or by the key's columns.
std::vector<std::string> KeyColumns(const TableShape& shape) {
  return shape.rowid.empty() ? shape.key : std::vector<std::string>{kRowid};
}

std::string KeyList(const TableShape& shape) {
  return shape.rowid.empty() ? ColumnList(shape.key) : shape.rowid;
}

// Without types, so that values stay as they are.
std::string CreateArchive(const std::string& name, const std::vector<std::string>& columns,
                          const TableShape& shape) {
  std::vector<std::string> definitions;
  if (!shape.rowid.empty()) definitions.push_back(absl::StrCat(kRowid, " INTEGER PRIMARY KEY"));
  for (const std::string& column : columns) definitions.push_back(QuoteName(column));
  return absl::StrCat("CREATE TABLE ", QuoteName(name), " (", absl::StrJoin(definitions, ", "),
                      ")");
}

// Where values are kept, of which rows.
struct Values {
  std::string archive;
  const TableShape& shape;
  std::vector<std::string> columns;  // without the key's
  std::string where;                 // SQL over a row
};

absl::Status CopyValues(Connection& database, const Values& values) {
  std::vector<std::string> columns =
      values.shape.rowid.empty() ? values.shape.key : std::vector<std::string>();
  columns.insert(columns.end(), values.columns.begin(), values.columns.end());
  DAYBOOK_RETURN_IF_ERROR(database.Execute(CreateArchive(values.archive, columns, values.shape)));
  return database.Execute(absl::StrCat(
      "INSERT INTO ", QuoteName(values.archive), " SELECT ", KeyList(values.shape), ", ",
      ColumnList(values.columns), " FROM ", QuoteName(values.shape.name), " WHERE ", values.where));
}

absl::StatusOr<Fingerprint> ArchiveFingerprint(Connection& database, const std::string& archive,
                                               const std::vector<std::string>& columns) {
  DAYBOOK_ASSIGN_OR_RETURN(TableShape shape, ReadTableShape(database, archive));
  // Without a mig_rowid its rows are told by the columns of a key.
  if (!shape.rowid_is_column) shape.rowid.clear();
  return FingerprintOf(database, shape, columns);
}

absl::Status NotArchivedError(const std::string& table) {
  return migration::Failure(migration::ExitCode::kVerification,
                            absl::StrCat("the archive of ", table, " is not what the table holds"),
                            "nothing was changed; report it, this is a bug");
}

absl::Status ArchiveTable(Connection& database, const Archive& archive, const TableShape& shape,
                          const RunIdentity& run, Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string name, NextArchiveName(database));
  std::vector<std::string> columns = shape.columns;
  DAYBOOK_RETURN_IF_ERROR(database.Execute(CreateArchive(name, columns, shape)));
  const std::string rowid = shape.rowid.empty() ? "" : absl::StrCat(shape.rowid, ", ");
  DAYBOOK_RETURN_IF_ERROR(
      database.Execute(absl::StrCat("INSERT INTO ", QuoteName(name), " SELECT ", rowid,
                                    ColumnList(columns), " FROM ", QuoteName(shape.name))));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint kept, ArchiveFingerprint(database, name, columns));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint held, FingerprintOf(database, shape, columns));
  if (kept != held) return NotArchivedError(archive.table);
  books.TableWent(archive.table);
  return KeepTable(database, run,
                   {.step = archive.step,
                    .table = archive.table,
                    .archive = name,
                    .fingerprint = kept.ToString(),
                    .rows = kept.rows()});
}

absl::Status ArchiveColumn(Connection& database, const Values& values, int step,
                           const std::string& column, const RunIdentity& run) {
  DAYBOOK_RETURN_IF_ERROR(CopyValues(database, values));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint kept,
                           ArchiveFingerprint(database, values.archive, values.columns));
  return KeepTable(database, run,
                   {.step = step,
                    .table = values.shape.name,
                    .column = column,
                    .archive = values.archive,
                    .fingerprint = kept.ToString(),
                    .rows = kept.rows()});
}

absl::Status RestoreTable(Connection& database, const KeptTable& kept, const TableShape& shape,
                          Conservation& books) {
  const bool with_rowid = !shape.rowid.empty() && !shape.rowid_is_column;
  const std::string columns = ColumnList(shape.columns);
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat(
      "INSERT INTO ", QuoteName(shape.name), " (", with_rowid ? shape.rowid + ", " : "", columns,
      ") SELECT ", with_rowid ? "mig_rowid, " : "", columns, " FROM ", QuoteName(kept.archive))));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint held,
                           ArchiveFingerprint(database, kept.archive, shape.columns));
  books.TableCame(kept.table, held);
  return absl::OkStatus();
}

absl::Status RestoreColumn(Connection& database, const KeptTable& kept, const TableShape& shape) {
  std::vector<std::string> equal;
  const std::vector<std::string> keys = KeyColumns(shape);
  for (const std::string& key : keys) {
    const std::string own = shape.rowid.empty() ? QuoteName(key) : shape.rowid;
    equal.push_back(
        absl::StrCat("mig_kept.", QuoteName(key), " = ", QuoteName(shape.name), ".", own));
  }
  const std::string column = QuoteName(kept.column);
  return database.Execute(absl::StrCat("UPDATE ", QuoteName(shape.name), " SET ", column,
                                       " = mig_kept.", column, " FROM ", QuoteName(kept.archive),
                                       " AS mig_kept WHERE ", absl::StrJoin(equal, " AND ")));
}

}  // namespace

absl::Status ArchiveRows(Connection& database, const Archive& archive, const RunIdentity& run,
                         Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, archive.table));
  if (archive.column.empty()) return ArchiveTable(database, archive, shape, run, books);
  if (!shape.Has(archive.column)) return absl::OkStatus();  // generated: it follows from others
  DAYBOOK_ASSIGN_OR_RETURN(const std::string name, NextArchiveName(database));
  const std::string where =
      archive.unless.empty() ? "1"
                             : absl::StrCat(QuoteName(archive.column), " IS NOT ", archive.unless);
  return ArchiveColumn(
      database, {.archive = name, .shape = shape, .columns = {archive.column}, .where = where},
      archive.step, archive.column, run);
}

absl::Status ArchiveFilled(Connection& database, const Fill& fill, const RunIdentity& run) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, fill.table));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string name, NextArchiveName(database));
  return ArchiveColumn(
      database, {.archive = name, .shape = shape, .columns = {fill.column}, .where = fill.where},
      fill.step, fill.column, run);
}

absl::Status RestoreRows(Connection& database, const Restore& restore, const RunIdentity& run,
                         Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::optional<KeptTable> kept,
      FindKeptTable(database, run.version, restore.step, restore.table, restore.column));
  if (!kept) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, restore.table));
  DAYBOOK_RETURN_IF_ERROR(restore.column.empty() ? RestoreTable(database, *kept, shape, books)
                                                 : RestoreColumn(database, *kept, shape));
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat("DROP TABLE ", QuoteName(kept->archive))));
  return SetTableState(database, kept->id, "restored");
}

}  // namespace daybook::migrator::sqlite
