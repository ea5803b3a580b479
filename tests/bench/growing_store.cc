#include "bench/growing_store.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "core/status_macros.h"

namespace daybook::bench {
namespace {

constexpr double kMebibyte = 1 << 20;

}  // namespace

GrowingStore::GrowingStore(const DataSet& data, const Sizes& sizes, const DaybookdProcess& daybookd,
                           const BatchPlan& plan, Send send)
    : data_(data),
      daybookd_(daybookd),
      channels_(OpenChannels(daybookd.address(), sizes.connections)),
      send_(std::move(send)),
      plan_(plan) {}

void GrowingStore::PrintHead() {
  std::printf("    events      events/s  QUEUE_FULL   memory MiB\n");
}

absl::StatusOr<IngestResult> GrowingStore::Grow(uint64_t more) {
  plan_.batches = more / static_cast<uint64_t>(plan_.batch_size);
  const MemoryPeak memory(daybookd_.pid());
  DAYBOOK_ASSIGN_OR_RETURN(const IngestResult result, send_(channels_, data_, plan_));
  memory_peak_ = std::max(memory_peak_, memory.bytes());
  plan_.first_batch += plan_.batches;
  sent_ += result.events;
  seconds_ += result.seconds;
  return result;
}

absl::Status GrowingStore::GrowAndPrint(uint64_t more) {
  DAYBOOK_ASSIGN_OR_RETURN(const IngestResult result, Grow(more));
  rates_.push_back(result.rate());
  std::printf("%10s  %12.0f  %10" PRIu64 "   %10.0f\n", SizeName(events()).c_str(), result.rate(),
              result.queue_full,
              static_cast<double>(AnonymousBytesOf(daybookd_.pid())) / kMebibyte);
  std::fflush(stdout);
  return absl::OkStatus();
}

double GrowingStore::memory_peak_mib() const {
  return static_cast<double>(memory_peak_) / kMebibyte;
}

}  // namespace daybook::bench
