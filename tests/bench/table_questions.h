#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "bench/question_log.h"
#include "bench/questions.h"

struct sqlite3;
struct sqlite3_stmt;

namespace daybook::bench {

// The same events in a PlainTable, with the indexes that someone who knows these
// questions adds, asked in SQL in this process: no service, no connection between.
//
// Thread-compatible.
class TableQuestions final : public Questions {
 public:
  // Makes the table in the file `path` and fills it; `log` must outlive it.
  static absl::StatusOr<TableQuestions> Make(const std::string& path, const QuestionLog& log);
  ~TableQuestions() override;
  TableQuestions(TableQuestions&& other) noexcept;
  TableQuestions& operator=(TableQuestions&&) = delete;

  absl::StatusOr<QuestionAnswer> AskWhoFailedOften(absl::Duration window) override;
  absl::StatusOr<QuestionAnswer> AskDepositsToday() override;
  absl::StatusOr<QuestionAnswer> AskLatestTen(int64_t user_id) override;
  absl::StatusOr<QuestionAnswer> AskOne(uint64_t seq) override;

  // From now on deposits have an index that is made for just this question: it
  // holds their amounts.
  absl::Status TailorToDeposits();

 private:
  TableQuestions(sqlite3* db, const QuestionLog& log) : db_(db), log_(log) {}
  absl::Status Execute(const char* sql);
  // The events that `statement` finds; what is bound to it is said before.
  absl::StatusOr<QuestionAnswer> ReadWhole(sqlite3_stmt* statement);
  absl::Status Prepare(const char* sql, sqlite3_stmt*& statement);

  sqlite3* db_;
  const QuestionLog& log_;
  sqlite3_stmt* failed_often_ = nullptr;
  sqlite3_stmt* deposits_ = nullptr;
  sqlite3_stmt* latest_ = nullptr;
  sqlite3_stmt* one_ = nullptr;
};

}  // namespace daybook::bench
