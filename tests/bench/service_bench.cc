#include "bench/service_bench.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "bench/daybookd_process.h"
#include "bench/growing_store.h"
#include "bench/page_cache.h"
#include "bench/paired_turns.h"
#include "bench/process_stats.h"
#include "bench/query_load.h"
#include "bench/stream_load.h"
#include "bench/work_folder.h"
#include "core/status_macros.h"

namespace daybook::bench {
namespace {

constexpr int kLargeBatch = 1'000;
constexpr int kSmallBatch = 100;
constexpr double kNanosInASecond = 1e9;
constexpr uint64_t kSpaceForAnEvent = 1'500;

// Measures one store while it grows.
class ServiceRun {
 public:
  ServiceRun(const ServiceParts& parts, const Sizes& sizes, GrowingStore& store, Results& results)
      : parts_(parts), sizes_(sizes), store_(store), results_(results) {}

  absl::Status Grow(const DaybookdProcess& daybookd) {
    GrowingStore::PrintHead();
    while (store_.events() < sizes_.batch1000) {
      DAYBOOK_RETURN_IF_ERROR(store_.GrowAndPrint(sizes_.step));
      if (!parts_.queries || !IsQueryMark()) continue;
      AwaitIdle(daybookd.pid());
      DAYBOOK_RETURN_IF_ERROR(AskAll());
    }
    return absl::OkStatus();
  }

  void Report(const DaybookdProcess& daybookd, const WorkFolder& folder) {
    AwaitIdle(daybookd.pid());
    const auto events = static_cast<double>(store_.events());
    const double written = static_cast<double>(BytesWrittenBy(daybookd.pid())) / events;
    const double stored = static_cast<double>(BytesBelow(StoreIn(folder))) / events;
    std::printf(
        "in all %.0f events/s; an event is %.0f bytes written to the disk, and %.0f bytes of\n"
        "the store; at most %.0f MiB of memory\n",
        store_.rate(), written, stored, store_.memory_peak_mib());
    results_.Add("ingest_batch1000", store_.rate(), "events/s");
    results_.Add("ingest_ns_per_event", kNanosInASecond / store_.rate(), "ns");
    results_.Add("bytes_per_event", written, "bytes");
    results_.Add("store_bytes_per_event", stored, "bytes");
    results_.Add("rss_mib", store_.memory_peak_mib(), "MiB");
    ReportSlope();
  }

  // Grows on and asks at the same time. Asks a while before, for the store may
  // have been opened just now.
  absl::Status AskWhileGrowing() {
    const std::string kind = QueryKinds().front().name;
    DAYBOOK_RETURN_IF_ERROR(AskQueries(store_.channel(), kind, store_.events(), sizes_).status());
    std::atomic<bool> enough = false;
    std::future<absl::Status> growing = std::async(std::launch::async, [&]() -> absl::Status {
      while (!enough) DAYBOOK_RETURN_IF_ERROR(store_.Grow(sizes_.step / 10).status());
      return absl::OkStatus();
    });
    const auto asked = AskQueries(store_.channel(), kind, sizes_.batch1000, sizes_);
    enough = true;
    DAYBOOK_RETURN_IF_ERROR(growing.get());
    DAYBOOK_RETURN_IF_ERROR(asked.status());
    std::printf("queries from %s on, while %.0f events/s come in:\n",
                SizeName(sizes_.batch1000).c_str(), store_.rate());
    PrintQueries(QueryKinds().front().title, *asked);
    results_.Add("person50_p50_ms_while_ingesting", asked->p50_ms, "ms");
    results_.Add("person50_p99_ms_while_ingesting", asked->p99_ms, "ms");
    results_.Add("ingest_while_querying", store_.rate(), "events/s");
    return absl::OkStatus();
  }

 private:
  bool IsQueryMark() const {
    const auto& marks = sizes_.query_marks;
    return std::find(marks.begin(), marks.end(), store_.events()) != marks.end();
  }

  absl::Status AskAll() {
    std::printf("   queries at %s, nothing else going on:\n", SizeName(store_.events()).c_str());
    for (const QueryKind& kind : QueryKinds()) {
      DAYBOOK_ASSIGN_OR_RETURN(const QueryResult result,
                               AskQueries(store_.channel(), kind.name, store_.events(), sizes_));
      PrintQueries(kind.title, result);
      const std::string name = absl::StrCat(kind.name, "_at_", SizeName(store_.events()));
      results_.Add(name + "_p50", result.p50_ms, "ms");
      results_.Add(name + "_p99", result.p99_ms, "ms");
    }
    return absl::OkStatus();
  }

  static void PrintQueries(const std::string& title, const QueryResult& result) {
    std::printf(
        "   %-28s p50 %9.2f ms  p99 %9.2f ms  %6d asked, %5.1f calls and %5.1f events each\n",
        title.c_str(), result.p50_ms, result.p99_ms, result.queries, result.calls, result.events);
    std::fflush(stdout);
  }

  // The last step over the second: the first one warms up.
  void ReportSlope() const {
    const std::vector<double>& rates = store_.rates();
    if (rates.size() < 3) return;
    const std::string step = SizeName(sizes_.step) == "1m" ? "million" : SizeName(sizes_.step);
    const std::string name = absl::StrCat("ingest_", rates.size(), "th_over_2nd_", step);
    std::printf("%s: %.2f\n", name.c_str(), rates.back() / rates[1]);
    results_.Add(name, rates.back() / rates[1], "ratio");
  }

  const ServiceParts& parts_;
  const Sizes& sizes_;
  GrowingStore& store_;
  Results& results_;
};

absl::Status MeasureGrowth(const ServiceParts& parts, const DataSet& data, const Sizes& sizes,
                           const WorkFolder& folder, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(DaybookdProcess daybookd, DaybookdProcess::Start(folder));
  {
    GrowingStore store(data, sizes, daybookd,
                       {.batch_size = kLargeBatch, .in_flight = sizes.batches_in_flight},
                       SendBatches);
    ServiceRun run(parts, sizes, store, results);
    DAYBOOK_RETURN_IF_ERROR(run.Grow(daybookd));
    if (parts.ingest) run.Report(daybookd, folder);
  }
  return daybookd.Stop();
}

absl::Status MeasureColdStart(const Sizes& sizes, const WorkFolder& folder, Results& results) {
  const std::string means = MakeCold(StoreIn(folder));
  DAYBOOK_ASSIGN_OR_RETURN(DaybookdProcess daybookd, DaybookdProcess::Start(folder));
  const double seconds = absl::ToDoubleSeconds(daybookd.start_time());
  std::printf("start at %s with cold caches (%s): %.2f s\n", SizeName(sizes.batch1000).c_str(),
              means.c_str(), seconds);
  results.Add(absl::StrCat("cold_start_", SizeName(sizes.batch1000), "_s"), seconds, "s");
  return daybookd.Stop();
}

// After everything that must see the store at its size, because it grows on.
absl::Status MeasureQueriesUnderLoad(const ServiceParts& parts, const DataSet& data,
                                     const Sizes& sizes, const WorkFolder& folder,
                                     Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(DaybookdProcess daybookd, DaybookdProcess::Start(folder));
  {
    GrowingStore store(data, sizes, daybookd,
                       {.first_batch = sizes.batch1000 / kLargeBatch,
                        .batch_size = kLargeBatch,
                        .in_flight = sizes.batches_in_flight},
                       SendBatches);
    DAYBOOK_RETURN_IF_ERROR(ServiceRun(parts, sizes, store, results).AskWhileGrowing());
  }
  return daybookd.Stop();
}

// Grows a store of its own, and gives its rate.
absl::StatusOr<double> GrowApart(const DataSet& data, const Sizes& sizes, const BatchPlan& plan,
                                 const Send& send, uint64_t events) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(events * kSpaceForAnEvent));
  GrowingStore::PrintHead();
  DAYBOOK_ASSIGN_OR_RETURN(DaybookdProcess daybookd, DaybookdProcess::Start(folder));
  double rate = 0;
  {
    GrowingStore store(data, sizes, daybookd, plan, send);
    while (store.events() < events) DAYBOOK_RETURN_IF_ERROR(store.GrowAndPrint(sizes.step));
    rate = store.rate();
  }
  DAYBOOK_RETURN_IF_ERROR(daybookd.Stop());
  return rate;
}

// What `program` takes of a new store's first events, in events a second.
absl::StatusOr<double> FirstRate(const DataSet& data, const Sizes& sizes,
                                 const std::string& program) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_ASSIGN_OR_RETURN(DaybookdProcess daybookd, DaybookdProcess::Start(folder, program));
  double rate = 0;
  {
    GrowingStore store(data, sizes, daybookd,
                       {.batch_size = kLargeBatch, .in_flight = sizes.batches_in_flight},
                       SendBatches);
    DAYBOOK_RETURN_IF_ERROR(store.Grow(sizes.ledger_turn).status());
    rate = store.rate();
  }
  DAYBOOK_RETURN_IF_ERROR(daybookd.Stop());
  return rate;
}

}  // namespace

absl::Status RunService(const ServiceParts& parts, const DataSet& data, const Sizes& sizes,
                        Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  std::printf("\ningest: BatchRecordEvents of 1,000 into daybookd, %d in flight\n",
              sizes.batches_in_flight);
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(sizes.batch1000 * kSpaceForAnEvent));
  DAYBOOK_RETURN_IF_ERROR(MeasureGrowth(parts, data, sizes, folder, results));
  if (parts.start) DAYBOOK_RETURN_IF_ERROR(MeasureColdStart(sizes, folder, results));
  if (parts.queries) {
    DAYBOOK_RETURN_IF_ERROR(MeasureQueriesUnderLoad(parts, data, sizes, folder, results));
  }
  return absl::OkStatus();
}

absl::Status RunSmallBatches(const DataSet& data, const Sizes& sizes, Results& results) {
  const BatchPlan plan = {.batch_size = kSmallBatch, .in_flight = 4 * sizes.batches_in_flight};
  std::printf("\nbatch100: BatchRecordEvents of 100 into daybookd, %d in flight\n", plan.in_flight);
  DAYBOOK_ASSIGN_OR_RETURN(const double rate,
                           GrowApart(data, sizes, plan, SendBatches, sizes.batch100));
  results.Add("ingest_batch100", rate, "events/s");
  return absl::OkStatus();
}

absl::Status RunLedger(const DataSet& data, const Sizes& sizes, Results& results) {
  std::printf(
      "\nledger: the first %s events of a store in batches of 1,000, into daybookd and into one\n"
      "without salts, leaves, hashes and tiles, %d rounds in turns, median\n",
      SizeName(sizes.ledger_turn).c_str(), sizes.rounds);
  std::vector<double> with;
  std::vector<double> without;
  for (int round = 0; round < sizes.rounds; ++round) {
    DAYBOOK_ASSIGN_OR_RETURN(with.emplace_back(), FirstRate(data, sizes, "daybookd"));
    DAYBOOK_ASSIGN_OR_RETURN(without.emplace_back(),
                             FirstRate(data, sizes, "daybookd-without-ledger"));
  }
  const double ratio = MedianOf(with) / MedianOf(without);
  std::printf("with %.0f events/s, without %.0f: %.2f\n", MedianOf(with), MedianOf(without), ratio);
  results.Add("ingest_with_ledger_over_without", ratio, "ratio");
  results.Add("ledger_on_over_off", ratio, "ratio");
  return absl::OkStatus();
}

absl::Status RunStream(const DataSet& data, const Sizes& sizes, Results& results) {
  const BatchPlan plan = {.batch_size = kLargeBatch, .in_flight = sizes.streams};
  std::printf("\nstream: StreamRecordEvents into daybookd, %d streams\n", plan.in_flight);
  const auto rate = GrowApart(data, sizes, plan, SendStreams, sizes.streamed);
  if (absl::IsUnimplemented(rate.status())) {
    std::printf("*** SKIPPED: this daybookd does not answer StreamRecordEvents yet\n");
    return absl::OkStatus();
  }
  DAYBOOK_RETURN_IF_ERROR(rate.status());
  results.Add("ingest_stream", *rate, "events/s");
  return absl::OkStatus();
}

}  // namespace daybook::bench
