#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"

namespace daybook::db::sqlite {

// Statements of a connection that are prepared and idle, so that SQLite need not read the same
// SQL again, which takes longer than many a question.
//
// Thread-compatible, together with the connection, which must outlive it.
class StatementCache {
  struct Prepared {
    std::string sql;
    Statement statement;
  };
  using Idle = std::vector<Prepared>;  // least recently used first

 public:
  // A statement for a while: goes back, without its parameters, once this ends. The cache must
  // outlive it.
  class Lease {
   public:
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    Statement& operator*() const { return prepared_->statement; }
    Statement* operator->() const { return &prepared_->statement; }

   private:
    friend class StatementCache;
    Lease(std::unique_ptr<Prepared> prepared, Idle& idle)
        : prepared_(std::move(prepared)), idle_(&idle) {}

    std::unique_ptr<Prepared> prepared_;
    Idle* idle_;
  };

  // As connection.Prepare.
  absl::StatusOr<Lease> Prepare(Connection& connection, const std::string& sql);

 private:
  std::unique_ptr<Idle> idle_ = std::make_unique<Idle>();  // stays where this is moved
};

}  // namespace daybook::db::sqlite
