#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct pg_conn;

namespace daybook::bench {

// One connection to PostgreSQL.
//
// Thread-compatible.
class PostgresConnection {
 public:
  static absl::StatusOr<PostgresConnection> Open(const std::string& connection_text);

  // Runs one or more statements.
  absl::Status Execute(const std::string& sql);

  // Gives `rows` to a COPY FROM STDIN; on disk when it returns.
  absl::Status Copy(const std::string& sql, const std::string& rows);

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };

  explicit PostgresConnection(pg_conn* connection) : connection_(connection) {}
  absl::Status LastError() const;

  std::unique_ptr<pg_conn, Close> connection_;
};

}  // namespace daybook::bench
