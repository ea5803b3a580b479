#include "db/sqlite/connection.h"

#include <sqlite3.h>

#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/confinement.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/glob.h"
#include "db/sqlite/guard.h"
#include "db/sqlite/predicate.h"
#include "db/sqlite/row_visitor.h"
#include "db/sqlite/whole_rows.h"

namespace daybook::db::sqlite {

// Who wants to be asked while statements run.
struct Watch {
  std::function<bool()> should_stop = {};
  std::function<void(int64_t rowid)> hear_rowid = {};
  sqlite3* handle = nullptr;
};

namespace {

constexpr int kBusyTimeoutMs = 2'000;
constexpr char kInMemory[] = ":memory:";

constexpr char kReadOnlySetup[] = "PRAGMA query_only = ON; PRAGMA foreign_keys = ON;";

// Many are open at once, each with a cache of its own.
constexpr char kImmutableSetup[] = "PRAGMA query_only = ON; PRAGMA cache_size = -512;";

// Only the connection that writes checkpoints: this SQLite may lose a WAL when
// two do at once. The size limit gives a WAL's space back after a burst. Without
// recursive triggers INSERT OR REPLACE would get past the trigger on DELETE.
constexpr char kReadWriteSetup[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA recursive_triggers = ON;"
    "PRAGMA wal_autocheckpoint = 4000;";

// What its own programs set, such as foreign_keys, is the migrator's to decide.
constexpr char kForeignSetup[] = "PRAGMA synchronous = FULL;";

constexpr char kCreateSetup[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";

// SQLite's own count of its memory costs every allocation a lock that all
// connections share; nobody reads it.
void CountNoMemory() {
  static const int refused_once_in_use = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(refused_once_in_use);
}

int FlagsFor(OpenMode mode) {
  switch (mode) {
    case OpenMode::kReadOnly:
      return SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX;
    case OpenMode::kImmutable:
      return SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX | SQLite::OPEN_URI;
    case OpenMode::kReadWrite:
    case OpenMode::kForeign:
      return SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX;
    case OpenMode::kCreate:
      return SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX;
  }
  return 0;
}

const char* SetupFor(OpenMode mode) {
  switch (mode) {
    case OpenMode::kReadOnly:
      return kReadOnlySetup;
    case OpenMode::kImmutable:
      return kImmutableSetup;
    case OpenMode::kReadWrite:
      return kReadWriteSetup;
    case OpenMode::kCreate:
      return kCreateSetup;
    case OpenMode::kForeign:
      return kForeignSetup;
  }
  return "";
}

// The name of a file as SQLite takes it in a URI, where some characters have a
// meaning.
std::string ImmutableUri(const std::string& path) {
  const std::string absolute = std::filesystem::absolute(path).string();
  return absl::StrCat(
      "file:", absl::StrReplaceAll(absolute, {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}}),
      "?immutable=1");
}

int DenyAllButAppends(void* /*unused*/, int action, const char* /*first*/, const char* /*second*/,
                      const char* /*database*/, const char* /*trigger*/) {
  switch (action) {
    case SQLITE_READ:
    case SQLITE_SELECT:
    case SQLITE_INSERT:
    case SQLITE_TRANSACTION:
    case SQLITE_FUNCTION:
    case SQLITE_PRAGMA:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    default:
      return SQLITE_DENY;
  }
}

// ANALYZE and CREATE change SQLite's own tables, whose names begin so.
int DenyAllButAdditions(void* unused, int action, const char* first, const char* second,
                        const char* database, const char* trigger) {
  switch (action) {
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_ANALYZE:
    case SQLITE_REINDEX:
      return SQLITE_OK;
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return absl::StartsWith(first, "sqlite_") ? SQLITE_OK : SQLITE_DENY;
    default:
      return DenyAllButAppends(unused, action, first, second, database, trigger);
  }
}

// How many steps of SQLite's machine pass between two looks at `stop`: some
// tenths of a millisecond.
constexpr int kStepsBetweenLooks = 10'000;

// SQLite has this called while a statement runs.
int Look(void* context) {
  const Watch& watch = *static_cast<const Watch*>(context);
  if (watch.hear_rowid) watch.hear_rowid(sqlite3_last_insert_rowid(watch.handle));
  return watch.should_stop && watch.should_stop() ? 1 : 0;
}

int DenyOtherWrites(void* writable, int action, const char* table, const char* /*second*/,
                    const char* /*database*/, const char* /*trigger*/) {
  if (action != SQLITE_INSERT && action != SQLITE_UPDATE && action != SQLITE_DELETE) {
    return SQLITE_OK;
  }
  for (const std::string& name : *static_cast<const std::vector<std::string>*>(writable)) {
    if (absl::EqualsIgnoreCase(name, table)) return SQLITE_OK;
  }
  return SQLITE_DENY;
}

}  // namespace

std::string EngineName() { return absl::StrCat("SQLite ", SQLite::getLibVersion()); }

void Connection::ThrowUnlessOk(int code) {
  if (code != SQLITE_OK) throw SQLite::Exception(db_->getHandle(), code);
}

absl::StatusOr<Connection> Connection::Open(const std::string& path, OpenMode mode) {
  if (path != kInMemory) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool exists, Exists(path));
    if (mode != OpenMode::kCreate && !exists) {
      return absl::NotFoundError(absl::StrCat("there is no file ", path));
    }
    if (mode == OpenMode::kCreate && exists) {
      return absl::AlreadyExistsError(absl::StrCat("there is a file already: ", path));
    }
  }
  CountNoMemory();
  std::unique_ptr<SQLite::Database> db;
  DAYBOOK_RETURN_IF_ERROR(Guard(absl::StrCat("open ", path), [&] {
    const std::string name = mode == OpenMode::kImmutable ? ImmutableUri(path) : path;
    db = std::make_unique<SQLite::Database>(name, FlagsFor(mode), kBusyTimeoutMs);
    db->exec(SetupFor(mode));
    if (mode == OpenMode::kReadWrite && UseFastGlob(db->getHandle()) != SQLITE_OK) {
      throw SQLite::Exception(db->getHandle());
    }
    const bool has_functions = UseWholeRows(db->getHandle()) == SQLITE_OK &&
                               UsePredicates(db->getHandle()) == SQLITE_OK &&
                               UseRowVisitors(db->getHandle()) == SQLITE_OK;
    if (!has_functions) throw SQLite::Exception(db->getHandle());
  }));
  return Connection(std::move(db));
}

Connection::Connection(std::unique_ptr<SQLite::Database> db)
    : writable_(std::make_unique<std::vector<std::string>>()),
      watch_(std::make_unique<Watch>()),
      db_(std::move(db)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

absl::Status Connection::Execute(const std::string& sql) {
  return Guard("execute", [&] { db_->exec(sql); });
}

absl::Status Connection::ExecuteConfined(
    const std::string& sql, absl::FunctionRef<bool(absl::string_view table)> is_protected) {
  sqlite3* const db = db_->getHandle();
  Confinement confinement(db, is_protected);
  const char* rest = sql.c_str();
  while (*rest != '\0') {
    confinement.NextStatement();
    sqlite3_stmt* prepared = nullptr;
    int code = sqlite3_prepare_v2(db, rest, -1, &prepared, &rest);
    Statement statement(prepared);
    if (prepared == nullptr && code == SQLITE_OK) continue;  // spaces and comments
    while (code == SQLITE_OK || code == SQLITE_ROW) code = sqlite3_step(prepared);
    if (code == SQLITE_DONE) continue;
    if (!confinement.refused().empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("not allowed here: ", confinement.refused()));
    }
    if (code == SQLITE_ERROR) return absl::FailedPreconditionError(sqlite3_errmsg(db));
    return ErrorFrom(SQLite::Exception(db, code), "execute");
  }
  return absl::OkStatus();
}

absl::StatusOr<Statement> Connection::Prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(db_->getHandle(), sql.c_str(),
                                      static_cast<int>(sql.size()) + 1, &statement, nullptr);
  if (code != SQLITE_OK) {
    return ErrorFrom(SQLite::Exception(db_->getHandle(), code), db_->getFilename());
  }
  if (statement == nullptr) return absl::InternalError("no statement");
  return Statement(statement);
}

absl::StatusOr<Statement> Connection::PrepareKnown(const std::string& sql) {
  absl::StatusOr<Statement> statement = Prepare(sql);
  if (!absl::IsInternal(statement.status())) return statement;
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         statement.status().message());
}

absl::StatusOr<int64_t> Connection::QueryInteger(const std::string& sql) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, statement.Step());
  if (!has_row) return absl::NotFoundError(absl::StrCat("no row: ", sql));
  return statement.Integer(0);
}

absl::StatusOr<std::string> Connection::QueryText(const std::string& sql) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, statement.Step());
  if (!has_row) return absl::NotFoundError(absl::StrCat("no row: ", sql));
  return statement.Text(0);
}

absl::Status Connection::InTransaction(absl::FunctionRef<absl::Status()> body) {
  DAYBOOK_RETURN_IF_ERROR(Execute("BEGIN IMMEDIATE"));
  absl::Status outcome = body();
  if (outcome.ok()) outcome = Execute("COMMIT");
  // The first error is the one to tell; some have rolled back already.
  if (!outcome.ok()) Execute("ROLLBACK").IgnoreError();
  return outcome;
}

absl::Status Connection::InSnapshot(absl::FunctionRef<absl::Status()> body) {
  DAYBOOK_RETURN_IF_ERROR(Execute("BEGIN"));
  absl::Status outcome = body();
  const absl::Status ended = Execute("ROLLBACK");  // of nothing
  return outcome.ok() ? ended : outcome;
}

bool Connection::IsInTransaction() const { return sqlite3_get_autocommit(db_->getHandle()) == 0; }

bool Connection::HoldsWriteLock() const {
  return sqlite3_txn_state(db_->getHandle(), "main") == SQLITE_TXN_WRITE;
}

bool Connection::HasUnmetForeignKeys() const {
  int unmet = 0;
  int unused = 0;
  return sqlite3_db_status(db_->getHandle(), SQLITE_DBSTATUS_DEFERRED_FKS, &unmet, &unused, 0) ==
             SQLITE_OK &&
         unmet != 0;
}

int64_t Connection::TotalChanges() const { return sqlite3_total_changes64(db_->getHandle()); }

Refusal Connection::LastRefusal() const {
  const int code = sqlite3_extended_errcode(db_->getHandle());
  return {
      .extended_code = code,
      .message = sqlite3_errmsg(db_->getHandle()),
      .by_constraint = (code & 0xff) == SQLITE_CONSTRAINT,
      .by_foreign_key = code == SQLITE_CONSTRAINT_FOREIGNKEY || code == SQLITE_CONSTRAINT_TRIGGER,
      .by_type = code == SQLITE_MISMATCH,
      .by_lock = (code & 0xff) == SQLITE_BUSY};
}

absl::Status Connection::SetTriggers(bool on) {
  return Guard("set triggers", [&] {
    ThrowUnlessOk(
        sqlite3_db_config(db_->getHandle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, on ? 1 : 0, nullptr));
  });
}

void Connection::StopWhen(std::function<bool()> should_stop) {
  watch_->should_stop = std::move(should_stop);
  WatchStatements();
}

void Connection::WatchInserts(std::function<void(int64_t rowid)> hear) {
  watch_->hear_rowid = std::move(hear);
  WatchStatements();
}

void Connection::WatchStatements() {
  watch_->handle = db_->getHandle();
  const bool has_any = watch_->should_stop || watch_->hear_rowid;
  sqlite3_progress_handler(db_->getHandle(), has_any ? kStepsBetweenLooks : 0, Look, watch_.get());
}

absl::Status Connection::AllowWritesOnlyTo(std::vector<std::string> tables) {
  *writable_ = std::move(tables);
  return Guard("restrict writes", [&] {
    ThrowUnlessOk(sqlite3_set_authorizer(
        db_->getHandle(), writable_->empty() ? nullptr : DenyOtherWrites, writable_.get()));
  });
}

absl::Status Connection::AllowOnlyAppends() {
  return Guard("restrict to appends", [&] {
    ThrowUnlessOk(sqlite3_set_authorizer(db_->getHandle(), DenyAllButAppends, nullptr));
  });
}

absl::Status Connection::AllowOnlyAdditions() {
  return Guard("restrict to additions", [&] {
    ThrowUnlessOk(sqlite3_set_authorizer(db_->getHandle(), DenyAllButAdditions, nullptr));
  });
}

absl::Status Connection::CheckpointAndTruncate() {
  return Guard("checkpoint", [&] {
    ThrowUnlessOk(sqlite3_wal_checkpoint_v2(db_->getHandle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                            nullptr, nullptr));
  });
}

absl::Status Connection::LeaveWal() {
  DAYBOOK_RETURN_IF_ERROR(Execute("PRAGMA busy_timeout = 0"));
  DAYBOOK_RETURN_IF_ERROR(CheckpointAndTruncate());
  return Execute("PRAGMA journal_mode = DELETE");
}

}  // namespace daybook::db::sqlite
