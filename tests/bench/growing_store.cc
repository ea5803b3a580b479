#include "bench/growing_store.h"

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
      memory_(daybookd.pid()),
      plan_(plan) {}

void GrowingStore::PrintHead() {
  std::printf("    events      events/s  QUEUE_FULL   memory MiB\n");
}

absl::StatusOr<IngestResult> GrowingStore::Grow(uint64_t events) {
  plan_.batches = events / static_cast<uint64_t>(plan_.batch_size);
  DAYBOOK_ASSIGN_OR_RETURN(const IngestResult result, send_(channels_, data_, plan_));
  plan_.first_batch += plan_.batches;
  events_ += result.events;
  seconds_ += result.seconds;
  return result;
}

absl::Status GrowingStore::GrowAndPrint(uint64_t events) {
  DAYBOOK_ASSIGN_OR_RETURN(const IngestResult result, Grow(events));
  rates_.push_back(result.rate());
  std::printf("%10s  %12.0f  %10" PRIu64 "   %10.0f\n", SizeName(events_).c_str(), result.rate(),
              result.queue_full,
              static_cast<double>(AnonymousBytesOf(daybookd_.pid())) / kMebibyte);
  std::fflush(stdout);
  return absl::OkStatus();
}

double GrowingStore::memory_peak_mib() const {
  return static_cast<double>(memory_.bytes()) / kMebibyte;
}

}  // namespace daybook::bench
