#pragma once

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// A connection made fit for a migration: foreign keys and triggers are off, and
// ALTER TABLE is the legacy one. While it lives, transactions may begin and end;
// then the connection is as it was, and triggers fire.
//
// Thread-compatible.
class Session {
 public:
  // `database` must outlive it. Failures: kFailed inside a transaction, where
  // nothing can be switched; kRefused where text is UTF-16.
  static absl::StatusOr<Session> Begin(db::sqlite::Connection& database);

  Session(Session&& other) noexcept;
  Session& operator=(Session&&) = delete;
  ~Session();

 private:
  explicit Session(db::sqlite::Connection& database) : database_(&database) {}

  db::sqlite::Connection* database_;  // nullptr once moved from
  bool had_foreign_keys_ = false;
  bool had_legacy_alter_ = false;
};

}  // namespace daybook::migrator::sqlite
