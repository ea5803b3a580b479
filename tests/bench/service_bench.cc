#include "bench/service_bench.h"

#include <cstdio>
#include <vector>

#include "absl/strings/str_cat.h"

#include "bench/batch_load.h"
#include "bench/daybookd_process.h"
#include "bench/process_stats.h"
#include "bench/work_folder.h"
#include "core/status_macros.h"

namespace daybook::bench {
namespace {

constexpr int kLargeBatch = 1'000;
constexpr double kMebibyte = 1 << 20;

// One store that grows, and the daemon that serves it.
class GrowingStore {
 public:
  GrowingStore(const DataSet& data, const Sizes& sizes, int batch_size,
               const DaybookdProcess& daybookd)
      : data_(data),
        sizes_(sizes),
        batch_size_(batch_size),
        daybookd_(daybookd),
        channels_(OpenChannels(daybookd.address(), sizes.connections)),
        memory_(daybookd.pid()) {}

  // Sends `events` more, and prints a line about them.
  absl::Status Grow(uint64_t events) {
    const uint64_t batches = events / static_cast<uint64_t>(batch_size_);
    DAYBOOK_ASSIGN_OR_RETURN(const IngestResult result,
                             SendBatches(channels_, data_,
                                         {.first_batch = sent_batches_,
                                          .batches = batches,
                                          .batch_size = batch_size_,
                                          .in_flight = sizes_.batches_in_flight}));
    sent_batches_ += batches;
    events_ += result.events;
    seconds_ += result.seconds;
    rates_.push_back(result.rate());
    std::printf("%10s  %12.0f  %10llu  %8.0f\n", SizeName(events_).c_str(), result.rate(),
                static_cast<unsigned long long>(result.queue_full),  // NOLINT: what %llu takes
                static_cast<double>(AnonymousBytesOf(daybookd_.pid())) / kMebibyte);
    std::fflush(stdout);
    return absl::OkStatus();
  }

  static void PrintHead() { std::printf("    events      events/s  QUEUE_FULL   RSS MiB\n"); }

  uint64_t events() const { return events_; }
  double rate() const { return static_cast<double>(events_) / seconds_; }
  const std::vector<double>& rates() const { return rates_; }
  uint64_t memory_peak() const { return memory_.bytes(); }

 private:
  const DataSet& data_;
  const Sizes& sizes_;
  const int batch_size_;
  const DaybookdProcess& daybookd_;
  const std::vector<std::shared_ptr<grpc::Channel>> channels_;
  const MemoryPeak memory_;
  uint64_t sent_batches_ = 0;
  uint64_t events_ = 0;
  double seconds_ = 0;
  std::vector<double> rates_;
};

void ReportSpace(const DaybookdProcess& daybookd, const WorkFolder& folder,
                 const GrowingStore& store, Results& results) {
  AwaitIdle(daybookd.pid());
  const auto events = static_cast<double>(store.events());
  const double written = static_cast<double>(BytesWrittenBy(daybookd.pid())) / events;
  const double stored = static_cast<double>(BytesBelow(StoreIn(folder))) / events;
  const double memory = static_cast<double>(store.memory_peak()) / kMebibyte;
  std::printf(
      "an event: %.0f bytes written to the disk, %.0f bytes of store; at most %.0f MiB of memory\n",
      written, stored, memory);
  results.Add("bytes_per_event", written, "bytes");
  results.Add("store_bytes_per_event", stored, "bytes");
  results.Add("rss_mib", memory, "MiB");
}

// The last step against the second: the first one warms up.
void ReportSlope(const Sizes& sizes, const GrowingStore& store, Results& results) {
  const std::vector<double>& rates = store.rates();
  if (rates.size() < 3) return;
  const std::string step = SizeName(sizes.step) == "1m" ? "million" : SizeName(sizes.step);
  const std::string name = absl::StrCat("ingest_", rates.size(), "th_over_2nd_", step);
  std::printf("%s: %.2f\n", name.c_str(), rates.back() / rates[1]);
  results.Add(name, rates.back() / rates[1], "ratio");
}

}  // namespace

absl::Status RunIngest(const DataSet& data, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(sizes.bytes_on_disk));
  DAYBOOK_ASSIGN_OR_RETURN(DaybookdProcess daybookd, DaybookdProcess::Start(folder));
  GrowingStore store(data, sizes, kLargeBatch, daybookd);
  std::printf("\ningest: BatchRecordEvents of 1,000 into daybookd, %d in flight\n",
              sizes.batches_in_flight);
  GrowingStore::PrintHead();
  while (store.events() < sizes.batch1000) DAYBOOK_RETURN_IF_ERROR(store.Grow(sizes.step));
  results.Add("ingest_batch1000", store.rate(), "events/s");
  ReportSlope(sizes, store, results);
  ReportSpace(daybookd, folder, store, results);
  return daybookd.Stop();
}

}  // namespace daybook::bench
