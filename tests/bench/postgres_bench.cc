#include "bench/postgres_bench.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

#include "bench/event_generator.h"
#include "bench/postgres_connection.h"
#include "bench/postgres_server.h"
#include "bench/work_folder.h"
#include "core/status_macros.h"

namespace daybook::bench {
namespace {

constexpr std::array<int, 4> kClients = {1, 16, 64, 256};
constexpr int kManyClients = 256;
constexpr size_t kCopyBatch = 1'000;
constexpr size_t kCopyPool = 100;  // batches that are made before the clock starts

constexpr char kPostgresTable[] = R"(
  SET client_min_messages = warning;
  DROP TABLE IF EXISTS audit_logs;
  CREATE TABLE audit_logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    event_time timestamptz NOT NULL DEFAULT now(),
    outcome smallint NOT NULL,
    user_id bigint,
    action text NOT NULL,
    reason text,
    telegram_id text,
    actor text,
    resource_type text,
    resource_id text,
    details text,
    ip_address text,
    user_agent text,
    trace_id text,
    correlation_id text,
    request_id text
  );
  CREATE INDEX ON audit_logs (telegram_id, id) WHERE telegram_id IS NOT NULL;
  CREATE INDEX ON audit_logs (user_id, id) WHERE user_id IS NOT NULL;
  CREATE INDEX ON audit_logs (actor, id) WHERE actor IS NOT NULL;
  CREATE INDEX ON audit_logs (resource_type, resource_id, id) WHERE resource_type IS NOT NULL;
  CREATE INDEX ON audit_logs (created_at, telegram_id, user_id, actor, action, ip_address)
    WHERE outcome >= 2;
  CHECKPOINT;)";

// The data set as far as pgbench can make it: persons, kinds and lengths. It
// takes a colon before a letter for a variable, also in quotes.
constexpr char kInsertScript[] = R"(
\set even random(0, 3999)
\set zipf random_zipfian(1, 100000, 1.001)
\set person CASE WHEN :even < 2000 THEN :even ELSE 1999 + :zipf END
\set kind random(0, 99)
\set deposit :kind >= 1 AND :kind <= 5
\set thing CASE WHEN :deposit THEN random(0, 99999) ELSE random(0, 999999) END
\set amount random(100000, 999999)
\set before random(1000000, 8999999)
\set r1 random(1152921504606846976, 9223372036854775806)
\set r2 random(1152921504606846976, 9223372036854775806)
INSERT INTO audit_logs (outcome, user_id, action, reason, telegram_id, actor, resource_type, resource_id, details, ip_address, user_agent, trace_id, correlation_id, request_id) VALUES (CASE WHEN :kind::int = 0 THEN 2 ELSE 1 END, :person::bigint, CASE WHEN :kind::int = 0 THEN 'login_failed' WHEN :deposit::boolean THEN 'deposit_confirmed' ELSE 'balance_changed' END, CASE WHEN :kind::int = 0 THEN 'BAD_PASSWORD' END, '1' || lpad(:person::text, 8, '0'), CASE WHEN :deposit::boolean THEN 'service-cashier-a' END, CASE WHEN :deposit::boolean THEN 'deposit_transaction' ELSE 'account' END, :thing::text, '{"amount":' || :amount::text || ',"currency":"KRW","balance_before":' || :before::text || ',"balance_after":' || :before::text || ',"bank":"K1111","channel":"app"}', '198.18.100.' || (:even::int % 250)::text, 'Mozilla/5.0 (Linux; Android 13; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36', to_hex(:r1::bigint) || to_hex(:r2::bigint), 'order-' || left(to_hex(:r2::bigint), 12), to_hex(:r1::bigint) || '----' || to_hex(:r2::bigint));
)";

constexpr char kCopyRows[] =
    "COPY audit_logs (outcome, user_id, action, reason, telegram_id, actor, resource_type, "
    "resource_id, details, ip_address, user_agent, trace_id, correlation_id, request_id) "
    "FROM STDIN";

// The number behind "tps = ".
double RateIn(const std::string& pgbench_output) {
  const std::string label = "\ntps = ";
  const size_t at = pgbench_output.find(label);
  return at == std::string::npos ? 0 : std::strtod(&pgbench_output[at + label.size()], nullptr);
}

absl::StatusOr<double> RunInserts(const PostgresServer& server, const std::string& script,
                                  int clients, int64_t seconds) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::string output,
      server.RunPgbench({"-n", "-M", "prepared", "-c", absl::StrCat(clients), "-j",
                         clients == 1 ? "1" : "2", "-T", absl::StrCat(seconds), "-f", script}));
  const double rate = RateIn(output);
  if (rate <= 0) return absl::InternalError(output);
  return rate;
}

absl::Status MeasureInserts(const PostgresServer& server, const Sizes& sizes,
                            const std::string& script, Results& results) {
  // Its clock already runs while clients connect and prepare, so not too short.
  const int64_t seconds = std::max<int64_t>(2, absl::ToInt64Seconds(sizes.turn * sizes.rounds));
  std::printf("  clients     inserts/s  (pgbench, prepared, one INSERT a transaction)\n");
  DAYBOOK_RETURN_IF_ERROR(RunInserts(server, script, kClients[1], 1).status());  // warms up
  for (const int clients : kClients) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const double rate,
        RunInserts(server, script, clients, clients < kManyClients ? seconds : 2 * seconds));
    std::printf("%9d  %12.0f\n", clients, rate);
    std::fflush(stdout);
    results.Add(absl::StrCat("postgres_insert_", clients), rate, "calls/s");
  }
  return absl::OkStatus();
}

void AppendField(const std::string& text, char end, std::string& out) {
  absl::StrAppend(&out, text.empty() ? "\\N" : text, absl::string_view(&end, 1));
}

// 1,000 rows as COPY takes them. The data set holds nothing to be escaped.
std::string CopyTextOf(const DataSet& data, uint64_t batch) {
  EventGenerator generator(data, batch);
  audit::v1::RecordEventRequest request;
  std::string text;
  for (size_t row = 0; row < kCopyBatch; ++row) {
    generator.Next(request);
    const auto& event = request.event();
    absl::StrAppend(&text, event.reason().empty() ? 1 : 2, "\t", event.user_id(), "\t");
    for (const std::string* field :
         {&event.action(), &event.reason(), &event.telegram_id(), &event.actor(),
          &event.resource_type(), &event.resource_id(), &event.details(), &event.ip_address(),
          &event.user_agent(), &event.trace_id(), &event.correlation_id()}) {
      AppendField(*field, '\t', text);
    }
    AppendField(request.request_id(), '\n', text);
  }
  return text;
}

absl::Status CopyUntil(PostgresConnection& connection, const std::vector<std::string>& pool,
                       std::atomic<size_t>& next, size_t end) {
  for (size_t batch = next++; batch < end; batch = next++) {
    DAYBOOK_RETURN_IF_ERROR(connection.Copy(kCopyRows, pool[batch % pool.size()]));
  }
  return absl::OkStatus();
}

// As many connections as daybookd is given batches at a time.
absl::Status MeasureCopy(const PostgresServer& server, const DataSet& data, const Sizes& sizes,
                         Results& results) {
  std::vector<std::string> pool;
  for (uint64_t batch = 0; batch < kCopyPool; ++batch) pool.push_back(CopyTextOf(data, batch));
  std::vector<PostgresConnection> connections;
  for (int i = 0; i < sizes.batches_in_flight; ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(PostgresConnection connection,
                             PostgresConnection::Open(server.ConnectionText()));
    connections.push_back(std::move(connection));
  }
  DAYBOOK_RETURN_IF_ERROR(connections.front().Execute(kPostgresTable));

  std::atomic<size_t> next = 0;
  std::vector<absl::Status> outcomes(connections.size());
  std::vector<std::thread> threads;
  const auto begin = std::chrono::steady_clock::now();
  for (size_t i = 0; i < connections.size(); ++i) {
    threads.emplace_back(
        [&, i] { outcomes[i] = CopyUntil(connections[i], pool, next, sizes.copied / kCopyBatch); });
  }
  for (std::thread& thread : threads) thread.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  for (const absl::Status& outcome : outcomes) DAYBOOK_RETURN_IF_ERROR(outcome);

  const double rate = static_cast<double>(sizes.copied) / seconds.count();
  std::printf("COPY of 1,000 rows a transaction over %d connections, %s rows: %.0f rows/s\n",
              sizes.batches_in_flight, SizeName(sizes.copied).c_str(), rate);
  std::fflush(stdout);
  results.Add("postgres_copy", rate, "events/s");
  return absl::OkStatus();
}

absl::Status MeasurePostgres(const PostgresServer& server, const WorkFolder& folder,
                             const DataSet& data, const Sizes& sizes, Results& results) {
  {
    DAYBOOK_ASSIGN_OR_RETURN(PostgresConnection connection,
                             PostgresConnection::Open(server.ConnectionText()));
    DAYBOOK_RETURN_IF_ERROR(connection.Execute(kPostgresTable));
  }
  const std::string script = folder.File("insert.sql");
  std::ofstream(script) << kInsertScript;
  DAYBOOK_RETURN_IF_ERROR(MeasureInserts(server, sizes, script, results));
  return MeasureCopy(server, data, sizes, results);
}

}  // namespace

absl::Status RunPostgres(const DataSet& data, const Sizes& sizes, Results& results) {
  std::printf("\npostgres: one table with the same five indexes, fsync on, on a Unix socket\n");
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(uint64_t{8'000} * sizes.copied));
  auto server = PostgresServer::Start(folder);
  if (!server.ok()) {
    std::printf("*** SKIPPED: there is no PostgreSQL here (package postgresql): %s\n",
                server.status().ToString().c_str());
    return absl::OkStatus();
  }
  DAYBOOK_RETURN_IF_ERROR(MeasurePostgres(*server, folder, data, sizes, results));
  return server->Stop();
}

}  // namespace daybook::bench
