#include "migrator/backup/restore_table.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/backup/check.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/locks.h"
#include "migrator/backup/names.h"
#include "migrator/backup/unpack.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/reshape.h"
#include "migrator/sqlite/sequences.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;
using ::daybook::migration::ExitCode;
using ::daybook::migrator::sqlite::Fingerprint;
using ::daybook::migrator::sqlite::TableShape;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

constexpr char kSequences[] = "sqlite_sequence";
// Neither can be set inside a transaction.
constexpr char kSetUp[] = "PRAGMA foreign_keys = OFF";

absl::StatusOr<TableShape> ShapeOf(Connection& database, const std::string& table) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, sqlite::TableNames(database));
  for (const std::string& name : tables) {
    if (SameName(name, table)) return sqlite::ReadTableShape(database, name);
  }
  return absl::FailedPreconditionError(absl::StrCat("there is no table ", table));
}

// The rows of a table that has the rowid beside its columns need both.
std::string StoredList(const TableShape& shape) {
  const bool with_rowid = !shape.rowid.empty() && !shape.rowid_is_column;
  return absl::StrCat(with_rowid ? shape.rowid + ", " : "", sqlite::ColumnList(shape.columns));
}

std::string Parameters(int count) {
  std::vector<std::string> parameters;
  for (int i = 1; i <= count; ++i) parameters.push_back(absl::StrCat("?", i));
  return absl::StrJoin(parameters, ", ");
}

void Bind(const Statement& row, int column, Statement& insert) {
  const int parameter = column + 1;
  switch (row.Type(column)) {
    case ValueType::kNull:
      return insert.BindNull(parameter);
    case ValueType::kInteger:
      return insert.BindInteger(parameter, row.Integer(column));
    case ValueType::kReal:
      return insert.BindReal(parameter, row.Real(column));
    case ValueType::kText:
      return insert.BindText(parameter, row.Bytes(column));
    case ValueType::kBlob:
      return insert.BindBlob(parameter, row.Bytes(column));
  }
}

absl::Status CopyRows(Connection& from, const TableShape& from_shape, Connection& to,
                      const TableShape& to_shape) {
  TableShape target = to_shape;
  target.columns = from_shape.columns;  // in their order
  DAYBOOK_ASSIGN_OR_RETURN(Statement select,
                           from.Prepare(absl::StrCat("SELECT ", StoredList(from_shape), " FROM ",
                                                     QuoteName(from_shape.name))));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement insert,
      to.Prepare(absl::StrCat("INSERT INTO ", QuoteName(to_shape.name), " (", StoredList(target),
                              ") VALUES (", Parameters(select.ColumnCount()), ")")));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    for (int column = 0; column < select.ColumnCount(); ++column) Bind(select, column, insert);
    DAYBOOK_RETURN_IF_ERROR(insert.Run());
  }
}

absl::Status CheckColumns(const TableShape& then, const TableShape& now) {
  const bool same_columns = std::is_permutation(then.columns.begin(), then.columns.end(),
                                                now.columns.begin(), now.columns.end(), SameName);
  const bool same_rowid =
      then.rowid.empty() == now.rowid.empty() && then.rowid_is_column == now.rowid_is_column;
  if (same_columns && same_rowid) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("table ", now.name,
                                                    " has other columns than in the backup (",
                                                    absl::StrJoin(then.columns, ", "),
                                                    "): restore the whole database, or roll"
                                                    " back the migration that changed them"));
}

// No number that was given out can be given out again, and those of other tables
// are what they were.
absl::Status CheckSequences(Connection& live, const std::map<std::string, int64_t>& before,
                            const std::string& table) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto after, sqlite::Sequences(live));
  for (const auto& [name, number] : before) {
    const auto found = after.find(name);
    const int64_t now = found == after.end() ? -1 : found->second;
    if (SameName(name, table) ? now < number : now != number) {
      return absl::InternalError(absl::StrCat("the sequence of table ", name, " was changed"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckForeignKeys(Connection& live, const std::multiset<std::string>& before) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto after, sqlite::ForeignKeyViolations(live));
  for (const std::string& violation : after) {
    if (after.count(violation) > before.count(violation)) {
      return absl::FailedPreconditionError(
          absl::StrCat("a foreign key would be broken: ", violation));
    }
  }
  return absl::OkStatus();
}

// What must be as it was. The numbers that AUTOINCREMENT gave out are looked at
// by themselves.
Contents AllBut(const Contents& contents, const std::string& table) {
  Contents others = contents;
  others.clear_table();
  for (const TableContents& held : contents.table()) {
    if (!SameName(held.name(), table) && held.name() != kSequences) *others.add_table() = held;
  }
  return others;
}

// One restore of a table under way.
class TableRestoration {
 public:
  TableRestoration(const BackupJob& job, const Manifest& backup, const std::string& table,
                   const RestoreOptions& options)
      : job_(job), backup_(backup), table_(table), options_(options), path_(DatabasePath(job)) {}

  absl::StatusOr<RestoredTable> Run();

 private:
  absl::StatusOr<Connection> OpenBackup();
  absl::StatusOr<Connection> OpenLive() const;
  absl::Status Restore(Connection& kept, Connection& live);
  absl::Status Replace(Connection& kept, Connection& live);
  absl::Status Prove(Connection& live, const Contents& before, const TableShape& kept);
  absl::Status Record(Connection& live) const;

  const BackupJob& job_;
  const Manifest& backup_;
  const std::string& table_;
  const RestoreOptions& options_;
  const std::string path_;
  std::optional<ScratchFile> unpacked_;
  RestoredTable restored_;
};

absl::StatusOr<RestoredTable> TableRestoration::Run() {
  DAYBOOK_RETURN_IF_ERROR(CheckSuits(job_, backup_, options_));
  std::optional<FileLock> migrating;
  if (options_.held == nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(migrating, LockForMigrating(path_));
  }
  job_.observer.Phase("verify", "proving the backup");
  DAYBOOK_ASSIGN_OR_RETURN(Connection kept, OpenBackup());
  DAYBOOK_ASSIGN_OR_RETURN(Connection live, OpenLive());
  const absl::Status done =
      live.InTransaction([&]() -> absl::Status { return Restore(kept, live); });
  DAYBOOK_RETURN_IF_ERROR(done);
  return restored_;
}

absl::StatusOr<Connection> TableRestoration::OpenBackup() {
  if (backup_.encrypted()) {
    const std::string folder = std::filesystem::path(path_).parent_path().string();
    DAYBOOK_RETURN_IF_ERROR(RemovePartials(job_, folder));
    DAYBOOK_ASSIGN_OR_RETURN(ScratchFile file, Unpack(job_, backup_, folder));
    unpacked_.emplace(std::move(file));
    return Connection::Open(unpacked_->path(), OpenMode::kImmutable);
  }
  DAYBOOK_RETURN_IF_ERROR(CheckFile(job_, backup_));
  const std::string path = BackupPath(job_, backup_);
  DAYBOOK_RETURN_IF_ERROR(CheckDatabase(job_, path, backup_.contents()));
  return Connection::Open(path, OpenMode::kImmutable);
}

absl::StatusOr<Connection> TableRestoration::OpenLive() const {
  DAYBOOK_ASSIGN_OR_RETURN(Connection live, Connection::Open(path_, OpenMode::kForeign));
  if (job_.stop != nullptr) live.StopWhen([this] { return job_.stop->load(); });
  DAYBOOK_RETURN_IF_ERROR(live.Execute(kSetUp));
  DAYBOOK_RETURN_IF_ERROR(live.SetTriggers(false));
  return live;
}

absl::Status TableRestoration::Restore(Connection& kept, Connection& live) {
  job_.observer.Phase("backup", "making a backup of what is there now");
  NewBackup current = options_.current;
  current.why = kBeforeRestore;
  DAYBOOK_ASSIGN_OR_RETURN(const Manifest previous, CreateBackup(job_, current, live));
  restored_.previous_backup = previous.id();
  DAYBOOK_ASSIGN_OR_RETURN(const auto broken_before, sqlite::ForeignKeyViolations(live));
  DAYBOOK_ASSIGN_OR_RETURN(const auto sequences_before, sqlite::Sequences(live));
  job_.observer.Phase("restore", "putting the rows in place");
  DAYBOOK_RETURN_IF_ERROR(Replace(kept, live));
  job_.observer.Phase("verify", "verifying");
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ShapeOf(kept, table_));
  DAYBOOK_RETURN_IF_ERROR(Prove(live, previous.contents(), shape));
  DAYBOOK_RETURN_IF_ERROR(CheckSequences(live, sequences_before, table_));
  DAYBOOK_RETURN_IF_ERROR(CheckForeignKeys(live, broken_before));
  return Record(live);
}

absl::Status TableRestoration::Replace(Connection& kept, Connection& live) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape then, ShapeOf(kept, table_));
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape now, ShapeOf(live, table_));
  DAYBOOK_RETURN_IF_ERROR(CheckColumns(then, now));
  DAYBOOK_RETURN_IF_ERROR(live.Execute(absl::StrCat("DELETE FROM ", QuoteName(now.name))));
  absl::Status copied = CopyRows(kept, then, live, now);
  if (copied.ok() || absl::IsCancelled(copied) || absl::IsResourceExhausted(copied)) return copied;
  return absl::FailedPreconditionError(
      absl::StrCat("a row of the backup is refused today: ", live.LastRefusal().message));
}

absl::Status TableRestoration::Prove(Connection& live, const Contents& before,
                                     const TableShape& kept) {
  DAYBOOK_ASSIGN_OR_RETURN(const Contents after, ReadContents(live));
  const std::vector<std::string> differences =
      Differences(AllBut(before, table_), AllBut(after, table_));
  if (!differences.empty()) {
    return absl::InternalError(absl::StrCat("another table was changed: ", differences[0]));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape now, ShapeOf(live, table_));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint fingerprint,
                           sqlite::FingerprintOf(live, now, kept.columns));
  const TableContents* const wanted = FindTable(backup_.contents(), table_);
  const TableContents* const had = FindTable(before, table_);
  if (wanted == nullptr || fingerprint.ToString() != wanted->fingerprint()) {
    return absl::FailedPreconditionError(
        "the table would not hold what the backup has of it: its columns have other types today");
  }
  restored_.rows = fingerprint.rows();
  restored_.rows_before = had == nullptr ? 0 : had->rows();
  return absl::OkStatus();
}

absl::Status TableRestoration::Record(Connection& live) const {
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_records, sqlite::HasRecords(live));
  if (!has_records) return absl::OkStatus();
  return sqlite::AppendEvent(
      live, {.run_id = job_.run_id, .version = options_.current.version, .clock = job_.clock},
      {.action = "migration.table_restored",
       .details = {{"table", table_},
                   {"backup", backup_.id()},
                   {"previous_backup", restored_.previous_backup},
                   {"rows_before", absl::StrCat(restored_.rows_before)},
                   {"rows", absl::StrCat(restored_.rows)}}});
}

}  // namespace

absl::StatusOr<RestoredTable> RestoreTable(const BackupJob& job, const Manifest& backup,
                                           const std::string& table,
                                           const RestoreOptions& options) {
  absl::StatusOr<RestoredTable> restored = TableRestoration(job, backup, table, options).Run();
  if (restored.ok()) return restored;
  if (absl::IsUnavailable(restored.status())) {
    return AsFailure(restored.status(), ExitCode::kServiceLive,
                     "another program is using the database",
                     "stop it or let it finish, then run it again; nothing was changed");
  }
  return AsFailure(restored.status(), ExitCode::kRestore,
                   absl::StrCat("table ", table, " was not restored"),
                   "the database is as it was; mend the cause, or restore the whole database");
}

}  // namespace daybook::migrator::backup
