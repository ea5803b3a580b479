#include "bench/questions_bench.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "bench/asked_load.h"
#include "bench/daybookd_process.h"
#include "bench/engine_store.h"
#include "bench/failures_index_bench.h"
#include "bench/latencies.h"
#include "bench/process_stats.h"
#include "bench/question_log.h"
#include "bench/questions.h"
#include "bench/service_questions.h"
#include "bench/table_questions.h"
#include "bench/work_folder.h"
#include "core/status_macros.h"

namespace daybook::bench {
namespace {

using std::chrono::steady_clock;

constexpr uint64_t kSpaceForAnAskedEvent = 1'000;  // in the store and in the table
constexpr int kUncounted = 3;                      // questions of a kind, before those that count
constexpr int kDepositRuns = 7;
constexpr double kBytesInAGigabyte = 1e9;

using Ask = std::function<absl::StatusOr<QuestionAnswer>(Questions& asked)>;
using NextAsk = std::function<Ask()>;

// Asks both sides the same questions, in turns.
class QuietQuestions {
 public:
  QuietQuestions(const QuestionLog& log, Questions& ours, TableQuestions& table, Results& results)
      : log_(log), ours_(ours), table_(table), results_(results) {}

  absl::Status AskAll(int questions) {
    std::printf("   %-34s  ------- daybookd ------  -------- SQL --------\n", "");
    std::printf("   %-34s  p50 ms   p99 ms   calls   p50 ms   p99 ms   asked  lines\n", "question");
    for (const int hours : {1, 24}) {
      const Ask ask = [hours](Questions& asked) {
        return asked.AskWhoFailedOften(absl::Hours(hours));
      };
      DAYBOOK_RETURN_IF_ERROR(AskBoth(absl::StrCat("threshold_", hours, "h"),
                                      absl::StrCat("who failed more than 5 times, ", hours, " h"),
                                      questions, [&ask] { return ask; }));
    }
    DAYBOOK_RETURN_IF_ERROR(AskBoth("person10", "a person's latest ten", questions, [this] {
      const int64_t user_id = log_.DrawAskedFor(random_);
      return [user_id](Questions& asked) { return asked.AskLatestTen(user_id); };
    }));
    DAYBOOK_RETURN_IF_ERROR(
        AskBoth("one_event", "one event, for what a call costs", questions, [this] {
          const uint64_t seq = random_.Below(log_.events());
          return [seq](Questions& asked) { return asked.AskOne(seq); };
        }));
    return AskDeposits();
  }

 private:
  absl::Status AskDeposits() {
    const Ask ask = [](Questions& asked) { return asked.AskDepositsToday(); };
    const auto next = [&ask] { return ask; };
    DAYBOOK_RETURN_IF_ERROR(
        AskBoth("deposits_today", "today's deposits, their sum", kDepositRuns, next));
    DAYBOOK_RETURN_IF_ERROR(table_.TailorToDeposits());
    return AskBoth("deposits_today_tailored", "the same, SQL by an index for it", kDepositRuns,
                   next);
  }

  absl::Status AskBoth(const std::string& name, const std::string& title, int questions,
                       const NextAsk& next) {
    Latencies ours;
    Latencies table;
    QuestionAnswer answer;
    for (int i = -kUncounted; i < questions; ++i) {
      const Ask ask = next();
      Latencies spent_ours;
      Latencies spent_table;
      DAYBOOK_ASSIGN_OR_RETURN(answer, Time(ask, ours_, spent_ours));
      DAYBOOK_ASSIGN_OR_RETURN(const QuestionAnswer other, Time(ask, table_, spent_table));
      if (!SaysTheSame(answer, other)) {
        return absl::InternalError(absl::StrCat("daybookd and SQL differ on ", name));
      }
      if (i < 0) continue;
      ours.Add(spent_ours);
      table.Add(spent_table);
    }
    std::printf("   %-34s %7.2f  %7.2f  %6d  %7.2f  %7.2f  %6zu  %5zu\n", title.c_str(), ours.P50(),
                ours.P99(), answer.calls, table.P50(), table.P99(), ours.count(),
                answer.lines.size());
    std::fflush(stdout);
    AddFigures(name, ours, table);
    return absl::OkStatus();
  }

  static absl::StatusOr<QuestionAnswer> Time(const Ask& ask, Questions& asked, Latencies& spent) {
    const auto begin = steady_clock::now();
    absl::StatusOr<QuestionAnswer> answer = ask(asked);
    spent.Add(steady_clock::now() - begin);
    return answer;
  }

  // The deposits are asked too seldom for a p99.
  void AddFigures(const std::string& name, const Latencies& ours, const Latencies& table) {
    if (ours.count() <= kDepositRuns) {
      results_.Add(name + "_ms", ours.P50(), "ms");
      results_.Add(name + "_sql_ms", table.P50(), "ms");
      return;
    }
    results_.Add(name + "_p50_ms", ours.P50(), "ms");
    results_.Add(name + "_p99_ms", ours.P99(), "ms");
    results_.Add(name + "_sql_p50_ms", table.P50(), "ms");
    results_.Add(name + "_sql_p99_ms", table.P99(), "ms");
  }

  const QuestionLog& log_;
  Questions& ours_;
  TableQuestions& table_;
  Results& results_;
  Random random_{1};
};

void PrintMade(const char* what, const std::string& path, absl::Time begin) {
  std::printf("   made %s in %.0f s: %.1f GB\n", what, absl::ToDoubleSeconds(absl::Now() - begin),
              static_cast<double>(BytesBelow(path)) / kBytesInAGigabyte);
  std::fflush(stdout);
}

absl::Status MakeDaybookStore(const std::string& folder, const QuestionLog& log) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EngineStore> store, EngineStore::Make(folder));
  while (store->events() < log.events()) {
    const uint64_t first = store->events();
    std::vector<audit::v1::Event> events(std::min(QuestionLog::kBatch, log.events() - first));
    for (uint64_t i = 0; i < events.size(); ++i) log.Fill(first + i, events[i]);
    DAYBOOK_RETURN_IF_ERROR(store->Append(std::move(events), log.TimeOf(first)));
  }
  store->WaitUntilSealed();
  return absl::OkStatus();
}

// In a folder apart, which goes when all is asked.
absl::Status AskQuietly(const Sizes& sizes, const QuestionLog& log, const DaybookdProcess& daybookd,
                        Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  const absl::Time begin = absl::Now();
  DAYBOOK_ASSIGN_OR_RETURN(TableQuestions table,
                           TableQuestions::Make(folder.File("table.db"), log));
  PrintMade("the table", folder.path(), begin);
  ServiceQuestions ours(OpenChannels(daybookd.address(), 1).front(), log);
  AwaitIdle(daybookd.pid());
  return QuietQuestions(log, ours, table, results).AskAll(sizes.questions);
}

absl::Status AskService(const DataSet& data, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(sizes.questioned * kSpaceForAnAskedEvent));
  const absl::Time begin = absl::Now();
  const QuestionLog log(data, sizes.questioned, begin);
  DAYBOOK_RETURN_IF_ERROR(MakeDaybookStore(StoreIn(folder), log));
  PrintMade("the store", folder.path(), begin);
  DAYBOOK_ASSIGN_OR_RETURN(DaybookdProcess daybookd, DaybookdProcess::Start(folder));
  DAYBOOK_RETURN_IF_ERROR(AskQuietly(sizes, log, daybookd, results));
  DAYBOOK_RETURN_IF_ERROR(RecordWhileAsked(data, sizes, log, daybookd, results));
  return daybookd.Stop();
}

}  // namespace

absl::Status RunQuestions(const DataSet& data, const Sizes& sizes, Results& results) {
  std::printf(
      "\nquestions: a log of %s events, 100 million of them in 30 days, asked over gRPC and in "
      "SQL\n"
      "of one table in this process, in turns\n",
      SizeName(sizes.questioned).c_str());
  DAYBOOK_RETURN_IF_ERROR(AskService(data, sizes, results));
  return MeasureFailuresIndex(sizes, results);
}

}  // namespace daybook::bench
