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
#include "bench/engine_questions.h"
#include "bench/engine_store.h"
#include "bench/failures_index_bench.h"
#include "bench/latencies.h"
#include "bench/page_cache.h"
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
constexpr int kCountedPerUncounted = 5;            // of a kind: the first ones only open files
constexpr int kDepositRuns = 7;
constexpr double kBytesInAGigabyte = 1e9;

using Ask = std::function<absl::StatusOr<QuestionAnswer>(Questions& asked)>;
using NextAsk = std::function<Ask()>;

// Who is asked, and what the names of their figures have in the middle.
struct Answerer {
  const char* title;
  const char* name;
  Questions* who;
};

// Asks all of them the same questions, in turns.
class QuietQuestions {
 public:
  QuietQuestions(const QuestionLog& log, std::vector<Answerer> asked, Results& results)
      : log_(log), asked_(std::move(asked)), results_(results) {}

  absl::Status AskAll(int questions) {
    for (const int hours : {1, 24}) {
      const auto ask = [hours](Questions& asked) {
        return asked.AskWhoFailedOften(absl::Hours(hours));
      };
      DAYBOOK_RETURN_IF_ERROR(AskEach(absl::StrCat("threshold_", hours, "h"),
                                      absl::StrCat("who failed more than 5 times, ", hours, " h"),
                                      questions, [&ask] { return Ask(ask); }));
    }
    DAYBOOK_RETURN_IF_ERROR(AskEach("person10", "a person's latest ten", questions, [this] {
      const int64_t user_id = log_.DrawAskedFor(random_);
      return [user_id](Questions& asked) { return asked.AskLatestTen(user_id); };
    }));
    DAYBOOK_RETURN_IF_ERROR(
        AskEach("one_event", "one event, for what a call costs", questions, [this] {
          const uint64_t seq = random_.Below(log_.events());
          return [seq](Questions& asked) { return asked.AskOne(seq); };
        }));
    return AskDeposits("deposits_today", "today's deposits, their sum");
  }

  absl::Status AskDeposits(const std::string& name, const std::string& title) {
    const auto ask = [](Questions& asked) { return asked.AskDepositsToday(); };
    return AskEach(name, title, kDepositRuns, [&ask] { return Ask(ask); });
  }

 private:
  absl::Status AskEach(const std::string& name, const std::string& title, int questions,
                       const NextAsk& next) {
    std::vector<Latencies> latencies(asked_.size());
    std::vector<QuestionAnswer> answers(asked_.size());
    const int uncounted = 1 + questions / kCountedPerUncounted;
    for (int i = -uncounted; i < questions; ++i) {
      const Ask ask = next();
      for (size_t side = 0; side < asked_.size(); ++side) {
        const auto begin = steady_clock::now();
        DAYBOOK_ASSIGN_OR_RETURN(answers[side], ask(*asked_[side].who));
        if (i >= 0) latencies[side].Add(steady_clock::now() - begin);
        if (SaysTheSame(answers.front(), answers[side])) continue;
        return absl::InternalError(absl::StrCat(asked_[side].title, " differs on ", name));
      }
    }
    std::printf("   %s: %zu lines, asked %d times\n", title.c_str(), answers.front().lines.size(),
                questions);
    for (size_t side = 0; side < asked_.size(); ++side) {
      Report(asked_[side], name, latencies[side], answers[side].calls);
    }
    std::fflush(stdout);
    return absl::OkStatus();
  }

  // The deposits are asked too seldom for a p99.
  void Report(const Answerer& asked, const std::string& question, const Latencies& latencies,
              int calls) {
    const std::string name = absl::StrCat(question, asked.name);
    std::printf("      %-28s p50 %8.3f ms", asked.title, latencies.P50());
    if (latencies.count() <= kDepositRuns) {
      results_.Add(name + "_ms", latencies.P50(), "ms");
    } else {
      std::printf("   p99 %8.3f ms", latencies.P99());
      results_.Add(name + "_p50_ms", latencies.P50(), "ms");
      results_.Add(name + "_p99_ms", latencies.P99(), "ms");
    }
    std::printf("   calls %d\n", calls);
  }

  const QuestionLog& log_;
  const std::vector<Answerer> asked_;
  Results& results_;
  Random random_{1};
};

void PrintMade(const char* what, const std::string& path, absl::Time begin) {
  std::printf("   made %s in %.0f s: %.1f GB\n", what, absl::ToDoubleSeconds(absl::Now() - begin),
              static_cast<double>(BytesBelow(path)) / kBytesInAGigabyte);
  std::fflush(stdout);
}

absl::StatusOr<std::unique_ptr<EngineStore>> MakeDaybookStore(const std::string& folder,
                                                              const QuestionLog& log) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<EngineStore> store, EngineStore::Make(folder));
  while (store->events() < log.events()) {
    const uint64_t first = store->events();
    std::vector<audit::v1::Event> events(std::min(QuestionLog::kBatch, log.events() - first));
    for (uint64_t i = 0; i < events.size(); ++i) log.Fill(first + i, events[i]);
    DAYBOOK_RETURN_IF_ERROR(store->Append(std::move(events), log.TimeOf(first)));
  }
  store->WaitUntilSealed();
  return store;
}

// All in this process: what the engine and the table do, and nothing else. At the end the table
// has an index for deposits alone.
absl::Status AskEngine(const Sizes& sizes, const QuestionLog& log, EngineStore& store,
                       TableQuestions& table, Results& results) {
  EngineQuestions ours(store, log);
  QuietQuestions questions(log,
                           {{.title = "engine, in this process", .name = "_engine", .who = &ours},
                            {.title = "SQL, in this process", .name = "_sql", .who = &table}},
                           results);
  DAYBOOK_RETURN_IF_ERROR(questions.AskAll(sizes.questions));
  DAYBOOK_RETURN_IF_ERROR(table.TailorToDeposits());
  return questions.AskDeposits("deposits_today_tailored", "the same, SQL by an index for it");
}

// Over a connection, as users do. The table answers again, so that what the service says is held
// against it.
absl::Status AskDaemon(const Sizes& sizes, const QuestionLog& log, const DaybookdProcess& daybookd,
                       TableQuestions& table, Results& results) {
  ServiceQuestions ours(OpenChannels(daybookd.address(), 1).front(), log);
  AwaitIdle(daybookd.pid());
  return QuietQuestions(log,
                        {{.title = "daybookd, over gRPC", .name = "", .who = &ours},
                         {.title = "SQL, in this process", .name = "_sql_beside", .who = &table}},
                        results)
      .AskAll(sizes.questions);
}

// The daemon that was asked at last.
absl::StatusOr<DaybookdProcess> AskQuietly(const Sizes& sizes, const QuestionLog& log,
                                           const WorkFolder& folder, Results& results) {
  absl::Time begin = absl::Now();
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<EngineStore> store,
                           MakeDaybookStore(StoreIn(folder), log));
  PrintMade("the store", folder.path(), begin);
  begin = absl::Now();
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder table_folder, WorkFolder::Make());
  DAYBOOK_ASSIGN_OR_RETURN(TableQuestions table,
                           TableQuestions::Make(table_folder.File("table.db"), log));
  PrintMade("the table", table_folder.path(), begin);
  // It is about what both can do, not about which of them was written last.
  const auto warm_up = [&folder, &table_folder] {
    MakeWarm(folder.path());
    MakeWarm(table_folder.path());
  };
  warm_up();
  DAYBOOK_RETURN_IF_ERROR(AskEngine(sizes, log, *store, table, results));
  store.reset();
  DAYBOOK_ASSIGN_OR_RETURN(DaybookdProcess daybookd, DaybookdProcess::Start(folder));
  warm_up();
  DAYBOOK_RETURN_IF_ERROR(AskDaemon(sizes, log, daybookd, table, results));
  return daybookd;
}

absl::Status AskAll(const DataSet& data, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(sizes.questioned * kSpaceForAnAskedEvent));
  const QuestionLog log(data, sizes.questioned, absl::Now());
  DAYBOOK_ASSIGN_OR_RETURN(DaybookdProcess daybookd, AskQuietly(sizes, log, folder, results));
  DAYBOOK_RETURN_IF_ERROR(RecordWhileAsked(data, sizes, log, daybookd, results));
  return daybookd.Stop();
}

}  // namespace

absl::Status RunQuestions(const DataSet& data, const Sizes& sizes, Results& results) {
  std::printf(
      "\nquestions: a log of %s events, 100 million of them in 30 days, asked in this process, in\n"
      "turns with SQL of one table with the same events, and over gRPC\n",
      SizeName(sizes.questioned).c_str());
  DAYBOOK_RETURN_IF_ERROR(AskAll(data, sizes, results));
  return MeasureFailuresIndex(sizes, results);
}

}  // namespace daybook::bench
