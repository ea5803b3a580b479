#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <grpcpp/channel.h>

#include "absl/status/statusor.h"

#include "bench/data_set.h"

namespace daybook::bench {

// Which events of the data set, and how they are sent. Batch number n holds the
// same events in every run.
struct BatchPlan {
  uint64_t first_batch = 0;
  uint64_t batches = 0;
  int batch_size = 1'000;
  int in_flight = 4;
};

// What sending came to.
struct IngestResult {
  uint64_t events = 0;
  double seconds = 0;
  uint64_t queue_full = 0;  // answers that asked to try again later

  double rate() const { return static_cast<double>(events) / seconds; }
};

// Sends the batches as BatchRecordEvents, spread over `channels`, and checks
// every answer. QUEUE_FULL is tried again after the delay it asks for; any
// other error ends the run and is returned.
absl::StatusOr<IngestResult> SendBatches(
    const std::vector<std::shared_ptr<grpc::Channel>>& channels, const DataSet& data,
    const BatchPlan& plan);

}  // namespace daybook::bench
