#include "migrator/sqlite/session.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;

// Generated conditions look at the bytes of text, and archives must hold them.
absl::Status RefuseUtf16(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t is_utf8,
                           database.QueryInteger("SELECT encoding = 'UTF-8' FROM pragma_encoding"));
  if (is_utf8 != 0) return absl::OkStatus();
  return Failure(ExitCode::kRefused,
                 "the database keeps text as UTF-16, and only UTF-8 is supported; nothing was"
                 " changed",
                 "dump it with `sqlite3 OLD .dump` into a new database, which keeps UTF-8");
}

absl::Status RefuseTransaction(const Connection& database) {
  if (!database.IsInTransaction()) return absl::OkStatus();
  return Failure(ExitCode::kFailed, "the connection is inside a transaction",
                 "end it first: foreign keys cannot be switched off inside one");
}

const char* OnOff(bool on) { return on ? "ON" : "OFF"; }

}  // namespace

absl::StatusOr<Session> Session::Begin(Connection& database) {
  DAYBOOK_RETURN_IF_ERROR(RefuseTransaction(database));
  DAYBOOK_RETURN_IF_ERROR(RefuseUtf16(database));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t keys, database.QueryInteger("PRAGMA foreign_keys"));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t legacy,
                           database.QueryInteger("PRAGMA legacy_alter_table"));
  Session session(database);
  session.had_foreign_keys_ = keys != 0;
  session.had_legacy_alter_ = legacy != 0;
  // DROP TABLE deletes the rows of child tables where foreign keys are on, and
  // ALTER TABLE rewrites or refuses what names a table where it is not the
  // legacy one.
  DAYBOOK_RETURN_IF_ERROR(
      database.Execute("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON"));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t on, database.QueryInteger("PRAGMA foreign_keys"));
  if (on != 0) {
    return Failure(ExitCode::kFailed, "foreign keys could not be switched off",
                   "nothing was changed; report it, this is a bug");
  }
  DAYBOOK_RETURN_IF_ERROR(database.SetTriggers(false));
  return session;
}

Session::Session(Session&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      had_foreign_keys_(other.had_foreign_keys_),
      had_legacy_alter_(other.had_legacy_alter_) {}

Session::~Session() {
  if (database_ == nullptr) return;
  // None of these can fail, and there is nobody left to tell.
  database_->SetTriggers(true).IgnoreError();
  database_
      ->Execute(absl::StrCat(
          "PRAGMA writable_schema = OFF; PRAGMA legacy_alter_table = ", OnOff(had_legacy_alter_),
          "; PRAGMA foreign_keys = ", OnOff(had_foreign_keys_)))
      .IgnoreError();
}

}  // namespace daybook::migrator::sqlite
