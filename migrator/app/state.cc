#include "migrator/app/state.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/testimony.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationFile;
using ::daybook::migration::MigrationSet;
using sqlite::AppliedMigration;

absl::Status ExplainOpen(const absl::Status& error, const std::string& path) {
  if (absl::IsNotFound(error)) {
    return Failure(ExitCode::kUnreachable, absl::StrCat("there is no database ", path),
                   "check --database; apply --create makes an empty one");
  }
  if (absl::IsDataLoss(error)) {
    return Failure(ExitCode::kHistoryMismatch,
                   absl::StrCat(path, " is not an SQLite database, is encrypted, or is damaged"),
                   "check --database, or restore the file from a backup");
  }
  return error;
}

// The first statement is what reads the file.
absl::Status Touch(Connection& database) {
  return database.QueryInteger("SELECT count(*) FROM sqlite_schema").status();
}

absl::StatusOr<Connection> OpenAs(const Options& options, OpenMode mode) {
  absl::StatusOr<Connection> database = Connection::Open(options.database, mode);
  if (!database.ok()) return database;
  DAYBOOK_RETURN_IF_ERROR(Touch(*database));
  database->StopWhen([&options] { return options.stop.load(); });
  return database;
}

// How to read a database so that its file and its folder stay as they are.
enum class WayToRead {
  kPlainly,    // nothing is made by it
  kAsWriter,   // the files that reading a WAL makes go with the last who may write
  kImmutable,  // they cannot be made, or would stay; and there is no WAL to read
};

bool IsWalDatabase(const std::string& path) {
  constexpr int kReadVersion = 19;  // in the header: 2 is WAL
  std::ifstream file(path, std::ios::binary);
  return file.seekg(kReadVersion) && file.get() == 2;
}

// A journal that is there belongs to a program at work, or to one that crashed.
bool HasJournal(const std::string& path) {
  std::error_code ignored;  // what may not be looked at cannot be opened either
  return std::filesystem::exists(path + "-wal", ignored) ||
         std::filesystem::exists(path + "-journal", ignored);
}

// The header is read only where this process has no right to write, and thus no
// locks that closing the file would take away.
WayToRead ChooseWay(const std::string& path) {
  if (HasJournal(path)) return WayToRead::kPlainly;
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const bool may_write =
      access(path.c_str(), W_OK) == 0 && access(folder.empty() ? "." : folder.c_str(), W_OK) == 0;
  if (may_write) return WayToRead::kAsWriter;
  return IsWalDatabase(path) ? WayToRead::kImmutable : WayToRead::kPlainly;
}

absl::StatusOr<Connection> OpenAsFound(const Options& options) {
  switch (ChooseWay(options.database)) {
    case WayToRead::kPlainly:
      return OpenAs(options, OpenMode::kReadOnly);
    case WayToRead::kImmutable:
      return OpenAs(options, OpenMode::kImmutable);
    case WayToRead::kAsWriter:
      break;
  }
  absl::StatusOr<Connection> database = OpenAs(options, OpenMode::kForeign);
  if (database.ok()) DAYBOOK_RETURN_IF_ERROR(database->Execute("PRAGMA query_only = ON"));
  return database;
}

absl::Status RefuseFolder(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return absl::OkStatus();
  return Failure(
      ExitCode::kUsage, absl::StrCat(path, " is a folder, not a database file"),
      "name the file; --migrations is for databases of applications, a store needs none");
}

absl::Status MismatchError(const std::string& what) {
  return Failure(ExitCode::kHistoryMismatch, what,
                 "use the migrations that were applied, or restore a backup; daybook-migrate doctor"
                 " explains");
}

// Versions that this build's files do not have: whether they suit it says their
// history row.
absl::Status CheckNewer(const AppliedMigration& applied, const MigrationSet& set) {
  const bool suits = applied.suits_from <= set.newest() &&
                     (applied.suits_to == 0 || set.newest() <= applied.suits_to);
  if (suits) return absl::OkStatus();
  return Failure(ExitCode::kNewerThanBuild,
                 absl::StrCat("the database is at version ", applied.version, " (", applied.name,
                              "), which does not suit version ", set.newest(),
                              ", the newest of these migrations"),
                 "use the newer migrations");
}

absl::Status CheckApplied(const std::vector<AppliedMigration>& history, const MigrationSet& set) {
  int expected = 0;
  for (const AppliedMigration& applied : history) {
    if (applied.version != ++expected) {
      return MismatchError(absl::StrCat("the history lacks version ", expected));
    }
    const MigrationFile* const file = set.Find(applied.version);
    if (file == nullptr) continue;
    if (file->checksum != applied.checksum) {
      return MismatchError(absl::StrCat("migration ", applied.version, " (", applied.name,
                                        ") was applied with another content than ", file->file_name,
                                        " has now"));
    }
    if (migration::ChecksumOf(applied.content) != applied.checksum) {
      return MismatchError(
          absl::StrCat("the history row of migration ", applied.version, " was changed"));
    }
  }
  if (!history.empty() && history.back().version > set.newest()) {
    return CheckNewer(history.back(), set);
  }
  return absl::OkStatus();
}

// What the events say, which stand where rows of the history were taken out.
absl::Status CheckEvents(Connection& database, int version) {
  const absl::StatusOr<sqlite::Testimony> testimony = sqlite::ReadTestimony(database);
  if (absl::IsDataLoss(testimony.status())) {
    return MismatchError(std::string(testimony.status().message()));
  }
  DAYBOOK_RETURN_IF_ERROR(testimony.status());
  if (testimony->version == version) return absl::OkStatus();
  return MismatchError(absl::StrCat("the history ends with version ", version,
                                    ", but its events with version ", testimony->version));
}

}  // namespace

absl::StatusOr<Connection> OpenForReading(const Options& options) {
  DAYBOOK_RETURN_IF_ERROR(RefuseFolder(options.database));
  absl::StatusOr<Connection> database = OpenAsFound(options);
  if (!database.ok()) return ExplainOpen(database.status(), options.database);
  return database;
}

absl::StatusOr<Connection> OpenForChange(const Options& options) {
  DAYBOOK_RETURN_IF_ERROR(RefuseFolder(options.database));
  absl::StatusOr<Connection> database = OpenAs(options, OpenMode::kForeign);
  if (!database.ok()) return ExplainOpen(database.status(), options.database);
  DAYBOOK_RETURN_IF_ERROR(database->Execute(
      absl::StrCat("PRAGMA busy_timeout = ", absl::ToInt64Milliseconds(options.lock_timeout))));
  return database;
}

absl::StatusOr<State> ReadState(Connection& database, const MigrationSet& set,
                                const Options& options) {
  State state;
  DAYBOOK_ASSIGN_OR_RETURN(state.history, sqlite::ReadHistory(database));
  DAYBOOK_RETURN_IF_ERROR(CheckApplied(state.history, set));
  DAYBOOK_RETURN_IF_ERROR(CheckEvents(database, state.version()));
  DAYBOOK_ASSIGN_OR_RETURN(state.schema, sqlite::SchemaModel::Read(database));
  if (options.to > std::max(state.version(), set.newest())) {
    return absl::InvalidArgumentError(absl::StrCat("there is no version ", options.to,
                                                   " to reach: the newest is ", set.newest()));
  }
  const int to = options.to < 0 ? set.newest() : options.to;
  for (const MigrationFile& file : set.files()) {
    const int version = file.migration.version();
    if (version > state.version() && version <= to) state.pending.push_back(&file);
  }
  return state;
}

sqlite::Enums EnumsOf(const std::vector<AppliedMigration>& history) {
  sqlite::Enums enums;
  for (const AppliedMigration& applied : history) {
    for (const auto& step : applied.content.step()) {
      if (step.has_add_enum()) enums[step.add_enum().name()] = step.add_enum();
    }
  }
  return enums;
}

absl::StatusOr<std::vector<std::string>> Drift(Connection& database, const State& state) {
  std::vector<std::string> drift;
  if (state.history.empty() || state.history.back().schema_after == state.schema.Digest()) {
    return drift;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::SchemaModel left, sqlite::ReadSnapshot(database));
  for (const sqlite::SchemaChange& change : state.schema.Since(left)) {
    if (!change.has_before()) {
      drift.push_back(absl::StrCat(sqlite::Describe(change.after()), " was added"));
    } else {
      drift.push_back(absl::StrCat(sqlite::Describe(change.before()),
                                   change.has_after() ? " was changed" : " is gone"));
    }
  }
  if (drift.empty()) drift.emplace_back("the recorded schema was changed");
  return drift;
}

}  // namespace daybook::migrator::app
