#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include "bench/data_set.h"
#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::bench {

// Starts one call; the callback comes from any thread.
using StartCall =
    std::function<void(grpc::ClientContext*, const audit::v1::RecordEventRequest*,
                       audit::v1::RecordEventResponse*, std::function<void(grpc::Status)>)>;

// What a load came to.
struct LoadResult {
  double calls_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  uint64_t failures = 0;
};

// Keeps `in_flight` calls open for `duration`, each begun when the one before
// it ends, spread over `starts`.
LoadResult RunLoad(const DataSet& data, const std::vector<StartCall>& starts, int in_flight,
                   std::chrono::milliseconds duration, uint64_t seed);

}  // namespace daybook::bench
