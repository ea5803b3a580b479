#include "migrator/sqlite/archive.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/archive_table.h"
#include "migrator/sqlite/own_tables.h"
#include "migrator/sqlite/sequences.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;
using ::daybook::sqltext::QuoteName;

constexpr char kNextArchive[] = "SELECT coalesce(max(id), 0) + 1 FROM mig_archive";

absl::StatusOr<std::string> NextArchiveName(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t next, database.QueryInteger(kNextArchive));
  return ArchiveName(next);
}

absl::Status NotArchivedError(const std::string& table) {
  return Failure(ExitCode::kVerification,
                 absl::StrCat("the archive of ", table, " is not what the table holds"),
                 "nothing was changed; report it, this is a bug");
}

absl::Status ChangedArchiveError(const KeptTable& kept) {
  return Failure(ExitCode::kVerification,
                 absl::StrCat(kept.archive, ", which holds what was archived of ", kept.table,
                              ", was changed since; nothing was put back"),
                 "restore a backup, or mend the archive by one");
}

absl::Status DoNotFitError(const std::string& table, const std::string& refusal) {
  return Failure(ExitCode::kData,
                 absl::StrCat("values do not fit into ", table, ": ", refusal,
                              "; rolled back, everything is as before"),
                 "mend the rows that are in the way, then run it again");
}

// Runs a statement that writes rows; returns how many.
absl::StatusOr<int64_t> Write(Connection& database, const std::string& table,
                              const std::string& sql) {
  const int64_t before = database.TotalChanges();
  const absl::Status done = database.Execute(sql);
  if (done.ok()) return database.TotalChanges() - before;
  const db::sqlite::Refusal refusal = database.LastRefusal();
  return refusal.by_constraint ? DoNotFitError(table, refusal.message) : done;
}

absl::Status CheckUnchanged(const KeptTable& kept, const Fingerprint& now) {
  return now.ToString() == kept.fingerprint ? absl::OkStatus() : ChangedArchiveError(kept);
}

absl::Status ArchiveTable(Connection& database, const std::string& table, int step,
                          const RunIdentity& run, Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, table));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string name, NextArchiveName(database));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<int64_t> sequence, SequenceOf(database, table));
  const RowArchive archive(name, shape);
  DAYBOOK_RETURN_IF_ERROR(database.Execute(archive.CreateSql()));
  DAYBOOK_RETURN_IF_ERROR(database.Execute(archive.CopyInSql()));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint kept,
                           FingerprintOf(database, archive.shape(), shape.columns));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint held, FingerprintOf(database, shape, shape.columns));
  if (kept != held) return NotArchivedError(table);
  books.TableWent(table);
  return KeepTable(database, run,
                   {.step = step,
                    .table = table,
                    .archive = name,
                    .fingerprint = kept.ToString(),
                    .rows = kept.rows(),
                    .sequence = sequence});
}

absl::Status RestoreTable(Connection& database, const KeptTable& kept, Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, kept.table));
  const RowArchive archive(kept.archive, shape);
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint held,
                           FingerprintOf(database, archive.shape(), shape.columns));
  DAYBOOK_RETURN_IF_ERROR(CheckUnchanged(kept, held));
  DAYBOOK_RETURN_IF_ERROR(Write(database, kept.table, archive.CopyOutSql()).status());
  DAYBOOK_RETURN_IF_ERROR(SetSequence(database, shape.name, kept.sequence));
  books.TableCame(kept.table, shape.columns, held);
  return DropArchive(database, kept);
}

absl::Status KeepValues(Connection& database, const ValueArchive& archive, KeptTable kept,
                        const RunIdentity& run) {
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint held, archive.FingerprintIn(database));
  kept.fingerprint = held.ToString();
  kept.rows = held.rows();
  return KeepTable(database, run, kept);
}

// How many rows are not what the fill made them, and stay.
absl::StatusOr<int64_t> RestoreFilled(Connection& database, const KeptTable& kept) {
  DAYBOOK_ASSIGN_OR_RETURN(const ValueArchive archive,
                           ValueArchive::Open(database, kept.archive, kept.table));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint held, archive.FingerprintIn(database));
  DAYBOOK_RETURN_IF_ERROR(CheckUnchanged(kept, held));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t there, database.QueryInteger(archive.CountSql()));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t restored,
                           Write(database, kept.table, archive.RestoreSql(kept.column)));
  if (restored == there) {
    DAYBOOK_RETURN_IF_ERROR(DropArchive(database, kept));
    return 0;
  }
  DAYBOOK_RETURN_IF_ERROR(SetTableState(database, kept.id, "conflict"));
  return there - restored;
}

}  // namespace

absl::Status ArchiveRows(Connection& database, const Archive& archive, const RunIdentity& run,
                         Conservation& books) {
  if (archive.column.empty()) {
    return ArchiveTable(database, archive.table, archive.step, run, books);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, archive.table));
  if (!shape.Has(archive.column)) return absl::OkStatus();  // generated: it follows from others
  DAYBOOK_ASSIGN_OR_RETURN(const std::string name, NextArchiveName(database));
  DAYBOOK_ASSIGN_OR_RETURN(const ValueArchive values, ValueArchive::For(database, name, shape));
  const std::string where =
      archive.unless.empty() ? "1"
                             : absl::StrCat(QuoteName(archive.column), " IS NOT ", archive.unless);
  DAYBOOK_RETURN_IF_ERROR(database.Execute(values.CreateSql()));
  DAYBOOK_RETURN_IF_ERROR(database.Execute(values.CopyInSql(archive.column, where)));
  return KeepValues(
      database, values,
      {.step = archive.step, .table = archive.table, .column = archive.column, .archive = name},
      run);
}

absl::Status FillColumn(Connection& database, const Fill& fill, const RunIdentity& run) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, fill.table));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string name, NextArchiveName(database));
  DAYBOOK_ASSIGN_OR_RETURN(const ValueArchive values, ValueArchive::For(database, name, shape));
  DAYBOOK_RETURN_IF_ERROR(database.Execute(values.CreateSql()));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t kept,
                           Write(database, fill.table, values.CopyInSql(fill.column, fill.where)));
  DAYBOOK_ASSIGN_OR_RETURN(
      const int64_t filled,
      Write(database, fill.table,
            absl::StrCat("UPDATE OR ABORT ", QuoteName(fill.table), " SET ", QuoteName(fill.column),
                         " = ", fill.value, " WHERE ", fill.where)));
  if (filled != kept) {
    return absl::InternalError(
        absl::StrCat("of ", fill.table, " ", kept, " rows were kept and ", filled, " filled"));
  }
  DAYBOOK_RETURN_IF_ERROR(database.Execute(values.NoteFilledSql(fill.column)));
  return KeepValues(
      database, values,
      {.step = fill.step, .table = fill.table, .column = fill.column, .archive = name}, run);
}

absl::StatusOr<int64_t> RestoreRows(Connection& database, const Restore& restore,
                                    const RunIdentity& run, Conservation& books) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::optional<KeptTable> kept,
      FindKeptTable(database, run.version, restore.step, restore.table, restore.column));
  if (!kept) return 0;
  if (!restore.column.empty()) return RestoreFilled(database, *kept);
  DAYBOOK_RETURN_IF_ERROR(RestoreTable(database, *kept, books));
  return 0;
}

absl::StatusOr<std::optional<ArchivedColumn>> FindArchivedColumn(Connection& database,
                                                                 const Restore& column,
                                                                 const std::string& otherwise,
                                                                 const RunIdentity& run) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::optional<KeptTable> kept,
      FindKeptTable(database, run.version, column.step, column.table, column.column));
  if (!kept) return std::nullopt;
  DAYBOOK_ASSIGN_OR_RETURN(const ValueArchive archive,
                           ValueArchive::Open(database, kept->archive, kept->table));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint held, archive.FingerprintIn(database));
  DAYBOOK_RETURN_IF_ERROR(CheckUnchanged(*kept, held));
  return ArchivedColumn{.kept = *kept, .value = archive.ValueSql(otherwise)};
}

absl::Status DropArchive(Connection& database, const KeptTable& kept) {
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat("DROP TABLE ", QuoteName(kept.archive))));
  return SetTableState(database, kept.id, "restored");
}

}  // namespace daybook::migrator::sqlite
