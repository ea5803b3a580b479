#pragma once

#include <memory>
#include <vector>

#include <grpcpp/channel.h>

#include "absl/status/statusor.h"

#include "bench/batch_load.h"
#include "bench/data_set.h"

namespace daybook::bench {

// Sends the events of `plan` over `plan.in_flight` streams of StreamRecordEvents,
// spread over `channels`, with up to a few thousand unanswered on each, and
// checks every answer. UNIMPLEMENTED where the service does not have it.
absl::StatusOr<IngestResult> SendStreams(
    const std::vector<std::shared_ptr<grpc::Channel>>& channels, const DataSet& data,
    const BatchPlan& plan);

}  // namespace daybook::bench
