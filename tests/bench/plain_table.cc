#include "bench/plain_table.h"

#include <sqlite3.h>

#include <array>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"

namespace daybook::bench {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::RecordEventRequest;

constexpr char kCreateTable[] = R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE audit_logs (
    id INTEGER PRIMARY KEY,
    created_at INTEGER NOT NULL,
    event_time INTEGER NOT NULL,
    action TEXT NOT NULL,
    outcome INTEGER NOT NULL,
    reason TEXT,
    user_id INTEGER,
    telegram_id TEXT,
    actor TEXT,
    resource_type TEXT,
    resource_id TEXT,
    details TEXT,
    ip_address TEXT,
    user_agent TEXT,
    trace_id TEXT,
    correlation_id TEXT,
    request_id TEXT
  );)";

constexpr char kCreateTableIndexes[] = R"(
  CREATE INDEX by_telegram_id ON audit_logs (telegram_id, id) WHERE telegram_id IS NOT NULL;
  CREATE INDEX by_user_id ON audit_logs (user_id, id) WHERE user_id IS NOT NULL;
  CREATE INDEX by_actor ON audit_logs (actor, id) WHERE actor IS NOT NULL;
  CREATE INDEX by_resource ON audit_logs (resource_type, resource_id, id)
    WHERE resource_type IS NOT NULL;
  CREATE INDEX failures
    ON audit_logs (created_at, telegram_id, user_id, actor, action, ip_address)
    WHERE outcome >= 2;)";

constexpr char kHurry[] = "PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000;";
constexpr char kStopHurrying[] =
    "PRAGMA cache_size = -2000; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);";

constexpr char kInsertRow[] = R"(
  INSERT INTO audit_logs (id, created_at, event_time, outcome, user_id, action, reason,
    telegram_id, actor, resource_type, resource_id, details, ip_address, user_agent, trace_id,
    correlation_id, request_id)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17))";

constexpr int kOutcomeSuccess = 1;
constexpr int kOutcomeFailure = 2;

absl::Status SqliteError(sqlite3* db) { return absl::InternalError(sqlite3_errmsg(db)); }

int64_t MicrosNow() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void BindTextOrNull(sqlite3_stmt* statement, int parameter, const std::string& text) {
  if (text.empty()) {
    sqlite3_bind_null(statement, parameter);
  } else {
    sqlite3_bind_text(statement, parameter, text.data(), static_cast<int>(text.size()), nullptr);
  }
}

}  // namespace

absl::StatusOr<PlainTable> PlainTable::Create(const std::string& path) {
  sqlite3* db = nullptr;
  sqlite3_stmt* insert = nullptr;
  const int opened = sqlite3_open_v2(
      path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  PlainTable table(db, nullptr);
  if (opened != SQLITE_OK) return SqliteError(db);
  DAYBOOK_RETURN_IF_ERROR(table.Execute(kCreateTable));
  if (sqlite3_prepare_v2(db, kInsertRow, -1, &insert, nullptr) != SQLITE_OK) return SqliteError(db);
  table.insert_ = insert;
  return table;
}

PlainTable::~PlainTable() {
  sqlite3_finalize(insert_);
  sqlite3_close(db_);
}

PlainTable::PlainTable(PlainTable&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)),
      insert_(std::exchange(other.insert_, nullptr)),
      rows_(other.rows_) {}

absl::Status PlainTable::Begin() {
  micros_ = MicrosNow();
  return Execute("BEGIN IMMEDIATE");
}

absl::Status PlainTable::Commit() { return Execute("COMMIT"); }

absl::Status PlainTable::CreateIndexes() { return Execute(kCreateTableIndexes); }

absl::Status PlainTable::Hurry() { return Execute(kHurry); }

absl::Status PlainTable::StopHurrying() { return Execute(kStopHurrying); }

absl::Status PlainTable::Execute(const char* sql) {
  return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK ? absl::OkStatus()
                                                                        : SqliteError(db_);
}

absl::Status PlainTable::Add(const RecordEventRequest& request) { return AddAt(micros_, request); }

absl::Status PlainTable::AddAt(int64_t micros, const RecordEventRequest& request) {
  const Event& event = request.event();
  const std::array<int64_t, 5> numbers = {
      static_cast<int64_t>(rows_), micros, micros,
      event.reason().empty() ? kOutcomeSuccess : kOutcomeFailure, event.user_id()};
  const std::array<const std::string*, 12> texts = {
      &event.action(),        &event.reason(),      &event.telegram_id(),    &event.actor(),
      &event.resource_type(), &event.resource_id(), &event.details(),        &event.ip_address(),
      &event.user_agent(),    &event.trace_id(),    &event.correlation_id(), &request.request_id()};
  int parameter = 1;
  for (const int64_t number : numbers) sqlite3_bind_int64(insert_, parameter++, number);
  for (const std::string* text : texts) BindTextOrNull(insert_, parameter++, *text);
  if (sqlite3_step(insert_) != SQLITE_DONE) return SqliteError(db_);
  sqlite3_reset(insert_);
  ++rows_;
  return absl::OkStatus();
}

}  // namespace daybook::bench
