#include "bench/postgres_connection.h"

#include <libpq-fe.h>

namespace daybook::bench {
namespace {

using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;

PgResult Owned(PGresult* result) { return {result, &PQclear}; }

}  // namespace

void PostgresConnection::Close::operator()(pg_conn* connection) const { PQfinish(connection); }

absl::StatusOr<PostgresConnection> PostgresConnection::Open(const std::string& connection_text) {
  PostgresConnection connection(PQconnectdb(connection_text.c_str()));
  if (PQstatus(connection.connection_.get()) != CONNECTION_OK) return connection.LastError();
  return connection;
}

absl::Status PostgresConnection::Execute(const std::string& sql) {
  const PgResult result = Owned(PQexec(connection_.get(), sql.c_str()));
  return PQresultStatus(result.get()) == PGRES_COMMAND_OK ? absl::OkStatus() : LastError();
}

absl::Status PostgresConnection::Copy(const std::string& sql, const std::string& rows) {
  pg_conn* const connection = connection_.get();
  const PgResult begun = Owned(PQexec(connection, sql.c_str()));
  if (PQresultStatus(begun.get()) != PGRES_COPY_IN) return LastError();
  if (PQputCopyData(connection, rows.data(), static_cast<int>(rows.size())) != 1 ||
      PQputCopyEnd(connection, nullptr) != 1) {
    return LastError();
  }
  bool ok = true;
  while (const PgResult result = Owned(PQgetResult(connection))) {
    ok = ok && PQresultStatus(result.get()) == PGRES_COMMAND_OK;
  }
  return ok ? absl::OkStatus() : LastError();
}

absl::Status PostgresConnection::LastError() const {
  return absl::UnavailableError(PQerrorMessage(connection_.get()));
}

}  // namespace daybook::bench
