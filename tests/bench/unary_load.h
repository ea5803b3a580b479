#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include "bench/data_set.h"
#include "bench/event_generator.h"

namespace daybook::bench {

// A call that can be made again and again, with its messages.
//
// Thread-compatible.
class RepeatedCall {
 public:
  virtual ~RepeatedCall() = default;

  // Puts the next event into the request.
  virtual void Fill(EventGenerator& generator) = 0;

  // `done` comes from any thread.
  virtual void Start(grpc::ClientContext& context, std::function<void(grpc::Status)> done) = 0;
};

// Makes a call that is independent of the others.
using MakeCall = std::function<std::unique_ptr<RepeatedCall>()>;

// What a load came to.
struct LoadResult {
  double calls_per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  uint64_t failures = 0;
};

// Keeps `in_flight` calls open for `duration`, each begun when the one before
// it ends, spread over `calls`.
LoadResult RunLoad(const DataSet& data, const std::vector<MakeCall>& calls, int in_flight,
                   std::chrono::milliseconds duration, uint64_t seed);

// The one with the median rate.
LoadResult MedianOf(std::vector<LoadResult> rounds);

}  // namespace daybook::bench
