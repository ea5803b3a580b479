#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "db/sqlite/statement.h"

namespace SQLite {
class Database;
}  // namespace SQLite

namespace daybook::db::sqlite {

struct OnlineBackup;
struct Watch;

enum class OpenMode {
  kReadOnly,   // reads, and never checkpoints
  kImmutable,  // reads a file that nobody will ever write: no locks, no journals
  kReadWrite,  // commits are on disk when they return: WAL, synchronous=FULL
  kCreate,     // a new file, for building a database that is moved into place
  kForeign,    // a database of others, whose journal mode stays; commits are on disk
};

// The library that is linked, as people call it: "SQLite 3.40.1".
std::string EngineName();

// What SQLite said of the statement that failed last.
struct Refusal {
  int extended_code = 0;  // SQLite's own
  std::string message;
  bool by_constraint = false;   // of any kind
  bool by_foreign_key = false;  // a foreign key, or its RESTRICT
  bool by_type = false;         // a value that the column cannot hold at all
  bool by_lock = false;         // another connection is in the way
};

// One SQLite connection. This room is the exception boundary: SQLiteCpp throws
// inside it and only absl::Status comes out.
//
// Thread-compatible: one thread at a time.
class Connection {
 public:
  // NOT_FOUND where the file does not exist (and `mode` is not kCreate, which
  // wants it absent): creating databases is the migrator's business.
  static absl::StatusOr<Connection> Open(const std::string& path, OpenMode mode);

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  // Runs one or more statements that return nothing.
  absl::Status Execute(const std::string& sql);

  // Runs statements of others inside the open transaction. FAILED_PRECONDITION,
  // naming it, for what would end the transaction, reach another file, change
  // settings, make temporary objects or touch a table that `is_protected`; and for
  // what SQLite does not take. Lifts what AllowWritesOnlyTo restricts.
  absl::Status ExecuteConfined(const std::string& sql,
                               absl::FunctionRef<bool(absl::string_view table)> is_protected);

  // The statement lives at most as long as the connection.
  absl::StatusOr<Statement> Prepare(const std::string& sql);

  // The same for SQL that suits every file of its kind: where it does not,
  // DATA_LOSS / STORE_DAMAGED.
  absl::StatusOr<Statement> PrepareKnown(const std::string& sql);

  // The first column of the first row, as an integer; NOT_FOUND without a row.
  absl::StatusOr<int64_t> QueryInteger(const std::string& sql);

  // The same, as text.
  absl::StatusOr<std::string> QueryText(const std::string& sql);

  // Runs `body` between BEGIN IMMEDIATE and COMMIT; any error rolls back and
  // is returned unchanged.
  absl::Status InTransaction(absl::FunctionRef<absl::Status()> body);

  // Runs `body`, which only reads: all of it sees one state of the database, and takes its
  // locks once.
  absl::Status InSnapshot(absl::FunctionRef<absl::Status()> body);

  // Whether a transaction is open.
  bool IsInTransaction() const;

  // Whether it keeps all other writers out.
  bool HoldsWriteLock() const;

  // Whether rows break deferred foreign keys, for which COMMIT would fail.
  bool HasUnmetForeignKeys() const;

  // How many rows its statements have written since it was opened.
  int64_t TotalChanges() const;

  Refusal LastRefusal() const;

  // Whether triggers fire; they do at first. Foreign keys' actions are not
  // triggers.
  absl::Status SetTriggers(bool on);

  // Asked now and then; once it is true, statements under way end with
  // CANCELLED. An empty function asks no more.
  void StopWhen(std::function<bool()> should_stop);

  // Told now and then, while statements run, the rowid that was inserted last. An
  // empty function hears no more.
  void WatchInserts(std::function<void(int64_t rowid)> hear);

  // From here on, statements that would write rows of any other table are
  // refused when prepared. An empty list lifts it.
  absl::Status AllowWritesOnlyTo(std::vector<std::string> tables);

  // From here on this connection may read and insert, and nothing else:
  // UPDATE, DELETE, DROP, ALTER and ATTACH are refused when prepared.
  absl::Status AllowOnlyAppends();

  // From here on it may also make tables, indexes and triggers, and still takes
  // no row away: sealing a segment needs no more.
  absl::Status AllowOnlyAdditions();

  // Moves what the WAL holds into the database and empties the WAL.
  absl::Status CheckpointAndTruncate();

  // The same, and leaves WAL mode: one plain file remains. UNAVAILABLE at once
  // where another connection has the database open. The connection's last act.
  absl::Status LeaveWal();

 private:
  friend absl::Status BackUpOnline(Connection& held, const std::string& to,
                                   const OnlineBackup& options);
  explicit Connection(std::unique_ptr<SQLite::Database> db);
  void ThrowUnlessOk(int code);  // inside a Guard only
  void WatchStatements();
  // Callbacks read these, at addresses that must not change.
  std::unique_ptr<std::vector<std::string>> writable_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<SQLite::Database> db_;
};

}  // namespace daybook::db::sqlite
