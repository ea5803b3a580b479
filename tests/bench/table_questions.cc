#include "bench/table_questions.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "bench/plain_table.h"
#include "core/status_macros.h"
#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kFillBatch = 50'000;

// Made at the end, which is faster and leaves them without gaps.
constexpr char kQuestionIndexes[] = R"(
  PRAGMA cache_size = -2000000;
  CREATE INDEX failures ON audit_logs (created_at, actor) WHERE outcome = 2;
  CREATE INDEX by_action ON audit_logs (action, created_at);
  CREATE INDEX by_user_id ON audit_logs (user_id, id) WHERE user_id IS NOT NULL;
  PRAGMA analysis_limit = 400;
  ANALYZE;)";

constexpr char kReadSetup[] = "PRAGMA cache_size = -65536;";

constexpr char kTailored[] = R"(
  PRAGMA cache_size = -2000000;
  ALTER TABLE audit_logs ADD COLUMN amount REAL AS (json_extract(details, '$.amount')) VIRTUAL;
  CREATE INDEX deposits ON audit_logs (created_at, amount)
    WHERE action = 'deposit_confirmed' AND outcome = 1;
  PRAGMA cache_size = -65536;)";

constexpr char kFailedOftenSql[] = R"(
  SELECT actor, count(*) FROM audit_logs
  WHERE outcome = 2 AND created_at >= ?1 AND created_at < ?2
  GROUP BY actor HAVING count(*) > 5 ORDER BY count(*) DESC, actor)";

constexpr char kDepositsSql[] = R"(
  SELECT count(*), total(json_extract(details, '$.amount')) FROM audit_logs
  WHERE action = 'deposit_confirmed' AND outcome = 1 AND created_at >= ?1 AND created_at < ?2)";

constexpr char kTailoredDepositsSql[] = R"(
  SELECT count(*), total(amount) FROM audit_logs INDEXED BY deposits
  WHERE action = 'deposit_confirmed' AND outcome = 1 AND created_at >= ?1 AND created_at < ?2)";

constexpr char kLatestSql[] = R"(
  SELECT id, created_at, event_time, outcome, user_id, action, reason, telegram_id, actor,
    resource_type, resource_id, details, ip_address, user_agent, trace_id, correlation_id,
    request_id
  FROM audit_logs WHERE user_id = ?1 ORDER BY id DESC LIMIT 10)";
constexpr char kOneSql[] = R"(
  SELECT id, created_at, event_time, outcome, user_id, action, reason, telegram_id, actor,
    resource_type, resource_id, details, ip_address, user_agent, trace_id, correlation_id,
    request_id
  FROM audit_logs WHERE id = ?1)";
constexpr int kFirstText = 5;
constexpr int kColumns = 17;

absl::Status FillTable(PlainTable& table, const QuestionLog& log) {
  DAYBOOK_RETURN_IF_ERROR(table.Hurry());
  while (table.rows() < log.events()) {
    const uint64_t end = std::min(log.events(), table.rows() + kFillBatch);
    DAYBOOK_RETURN_IF_ERROR(table.Begin());
    while (table.rows() < end) {
      audit::v1::RecordEventRequest request;
      log.Fill(table.rows(), *request.mutable_event());
      DAYBOOK_RETURN_IF_ERROR(table.AddAt(absl::ToUnixMicros(log.TimeOf(table.rows())), request));
    }
    DAYBOOK_RETURN_IF_ERROR(table.Commit());
  }
  return table.StopHurrying();
}

void BindWindow(sqlite3_stmt* statement, absl::Time begin, absl::Time end) {
  sqlite3_bind_int64(statement, 1, absl::ToUnixMicros(begin));
  sqlite3_bind_int64(statement, 2, absl::ToUnixMicros(end));
}

std::string TextAt(sqlite3_stmt* row, int column) {
  const int bytes = sqlite3_column_bytes(row, column);
  const unsigned char* const text = sqlite3_column_text(row, column);
  return {text, text + bytes};
}

}  // namespace

absl::StatusOr<TableQuestions> TableQuestions::Make(const std::string& path,
                                                    const QuestionLog& log) {
  {
    DAYBOOK_ASSIGN_OR_RETURN(PlainTable table, PlainTable::Create(path));
    DAYBOOK_RETURN_IF_ERROR(FillTable(table, log));
  }
  sqlite3* db = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  TableQuestions table(db, log);
  if (opened != SQLITE_OK) return absl::InternalError(sqlite3_errmsg(db));
  DAYBOOK_RETURN_IF_ERROR(table.Execute(kQuestionIndexes));
  DAYBOOK_RETURN_IF_ERROR(table.Execute(kReadSetup));
  DAYBOOK_RETURN_IF_ERROR(table.Prepare(kFailedOftenSql, table.failed_often_));
  DAYBOOK_RETURN_IF_ERROR(table.Prepare(kDepositsSql, table.deposits_));
  DAYBOOK_RETURN_IF_ERROR(table.Prepare(kLatestSql, table.latest_));
  DAYBOOK_RETURN_IF_ERROR(table.Prepare(kOneSql, table.one_));
  return table;
}

TableQuestions::~TableQuestions() {
  for (sqlite3_stmt* const statement : {failed_often_, deposits_, latest_, one_}) {
    sqlite3_finalize(statement);
  }
  sqlite3_close(db_);
}

TableQuestions::TableQuestions(TableQuestions&& other) noexcept
    : db_(std::exchange(other.db_, nullptr)),
      log_(other.log_),
      failed_often_(std::exchange(other.failed_often_, nullptr)),
      deposits_(std::exchange(other.deposits_, nullptr)),
      latest_(std::exchange(other.latest_, nullptr)),
      one_(std::exchange(other.one_, nullptr)) {}

absl::StatusOr<QuestionAnswer> TableQuestions::AskWhoFailedOften(absl::Duration window) {
  QuestionAnswer answer;
  BindWindow(failed_often_, log_.end() - window, log_.end());
  while (sqlite3_step(failed_often_) == SQLITE_ROW) {
    answer.lines.emplace_back(TextAt(failed_often_, 0), sqlite3_column_double(failed_often_, 1));
  }
  if (sqlite3_reset(failed_often_) != SQLITE_OK) return absl::InternalError(sqlite3_errmsg(db_));
  return answer;
}

absl::StatusOr<QuestionAnswer> TableQuestions::AskDepositsToday() {
  QuestionAnswer answer;
  BindWindow(deposits_, log_.today(), log_.end());
  if (sqlite3_step(deposits_) == SQLITE_ROW) {
    answer.lines = {{"count", sqlite3_column_double(deposits_, 0)},
                    {"sum", sqlite3_column_double(deposits_, 1)}};
  }
  if (sqlite3_reset(deposits_) != SQLITE_OK) return absl::InternalError(sqlite3_errmsg(db_));
  return answer;
}

absl::StatusOr<QuestionAnswer> TableQuestions::AskLatestTen(int64_t user_id) {
  sqlite3_bind_int64(latest_, 1, user_id);
  return ReadWhole(latest_);
}

absl::StatusOr<QuestionAnswer> TableQuestions::AskOne(uint64_t seq) {
  sqlite3_bind_int64(one_, 1, static_cast<int64_t>(seq));
  return ReadWhole(one_);
}

absl::StatusOr<QuestionAnswer> TableQuestions::ReadWhole(sqlite3_stmt* statement) {
  QuestionAnswer answer;
  std::array<std::string, kColumns - kFirstText> texts;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    for (int column = kFirstText; column < kColumns; ++column) {
      texts.at(static_cast<size_t>(column - kFirstText)) = TextAt(statement, column);
    }
    answer.lines.emplace_back("seq", sqlite3_column_double(statement, 0));
  }
  if (sqlite3_reset(statement) != SQLITE_OK) return absl::InternalError(sqlite3_errmsg(db_));
  return answer;
}

absl::Status TableQuestions::TailorToDeposits() {
  DAYBOOK_RETURN_IF_ERROR(Execute(kTailored));
  sqlite3_finalize(std::exchange(deposits_, nullptr));
  return Prepare(kTailoredDepositsSql, deposits_);
}

absl::Status TableQuestions::Execute(const char* sql) {
  return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK
             ? absl::OkStatus()
             : absl::InternalError(sqlite3_errmsg(db_));
}

absl::Status TableQuestions::Prepare(const char* sql, sqlite3_stmt*& statement) {
  return sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) == SQLITE_OK
             ? absl::OkStatus()
             : absl::InternalError(sqlite3_errmsg(db_));
}

}  // namespace daybook::bench
