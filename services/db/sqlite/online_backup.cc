#include "db/sqlite/online_backup.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>
#include <filesystem>
#include <memory>

#include <SQLiteCpp/SQLiteCpp.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/descriptor.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/guard.h"

namespace daybook::db::sqlite {
namespace {

// 4 MiB of usual pages: a signal is heard soon, and the bar moves.
constexpr int kPagesAStep = 1'024;
constexpr int kLockPatienceMs = 2'000;

// The file is of use once it is whole, and is synced then.
constexpr char kCopySetup[] = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;";
// A copy of a database in WAL mode says that it has a WAL.
constexpr char kMakePlain[] =
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE;";

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

absl::Status MakeEmptyFile(const std::string& path) {
  constexpr mode_t kOwnerOnly = 0600;
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly));
  if (file.number() >= 0) return absl::OkStatus();
  return FileError(absl::StrCat("create ", path), errno);
}

bool IsStopped(const OnlineBackup& options) {
  return options.stop != nullptr && options.stop->load();
}

// Inside a Guard only.
absl::Status CopyPages(sqlite3* from, sqlite3* to, const OnlineBackup& options) {
  const std::unique_ptr<sqlite3_backup, Finish> backup(
      sqlite3_backup_init(to, "main", from, "main"));
  if (backup == nullptr) throw SQLite::Exception(to);
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    if (IsStopped(options)) {
      return ErrorWithReason(absl::StatusCode::kCancelled, Reason::kCancelled, "copying stopped");
    }
    code = sqlite3_backup_step(backup.get(), kPagesAStep);
    if (options.progress && (code == SQLITE_OK || code == SQLITE_DONE)) {
      const auto all = static_cast<uint64_t>(sqlite3_backup_pagecount(backup.get()));
      options.progress(all - static_cast<uint64_t>(sqlite3_backup_remaining(backup.get())), all);
    }
  }
  if (code != SQLITE_DONE) throw SQLite::Exception(to, code);
  return absl::OkStatus();
}

absl::Status Copy(sqlite3* from, const std::string& to, const OnlineBackup& options) {
  absl::Status copied;
  DAYBOOK_RETURN_IF_ERROR(Guard(absl::StrCat("copy to ", to), [&] {
    SQLite::Database target(to, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX);
    target.exec(kCopySetup);
    copied = CopyPages(from, target.getHandle(), options);
  }));
  DAYBOOK_RETURN_IF_ERROR(copied);
  DAYBOOK_RETURN_IF_ERROR(Guard(absl::StrCat("finish ", to), [&] {
    SQLite::Database target(to, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX);
    target.exec(kMakePlain);
  }));
  DAYBOOK_RETURN_IF_ERROR(SyncFile(to));
  return SyncFolder(std::filesystem::path(to).parent_path());
}

// SQLite copies nothing out of a connection that writes.
absl::Status CopyBeside(const std::string& from, const std::string& to,
                        const OnlineBackup& options) {
  std::unique_ptr<SQLite::Database> second;
  DAYBOOK_RETURN_IF_ERROR(Guard(absl::StrCat("open ", from), [&] {
    second = std::make_unique<SQLite::Database>(from, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX,
                                                kLockPatienceMs);
  }));
  return Copy(second->getHandle(), to, options);
}

}  // namespace

absl::Status BackUpOnline(Connection& held, const std::string& to, const OnlineBackup& options) {
  sqlite3* const from = held.db_->getHandle();
  const int state = sqlite3_txn_state(from, "main");
  if (state == SQLITE_TXN_NONE) {
    return absl::FailedPreconditionError("the database to copy is not held by a transaction");
  }
  DAYBOOK_RETURN_IF_ERROR(MakeEmptyFile(to));
  absl::Status copied = state == SQLITE_TXN_WRITE
                            ? CopyBeside(sqlite3_db_filename(from, "main"), to, options)
                            : Copy(from, to, options);
  if (!copied.ok()) RemoveDatabase(to).IgnoreError();
  return copied;
}

}  // namespace daybook::db::sqlite
