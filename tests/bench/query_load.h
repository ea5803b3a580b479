#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>

#include "absl/status/statusor.h"

#include "bench/sizes.h"

namespace daybook::bench {

// How long the queries of one kind took.
struct QueryResult {
  int queries = 0;
  double calls = 0;   // of QueryEvents for one query, on average
  double events = 0;  // that came back, on average
  double p50_ms = 0;
  double p99_ms = 0;
};

// A kind of question.
struct QueryKind {
  std::string name;
  std::string title;
};

// All kinds; the first one is a person's latest 50 events.
std::vector<QueryKind> QueryKinds();

// Asks questions of a kind, one after the other, over a log of `log_size`
// events. A question whose answer takes several pages counts as one.
absl::StatusOr<QueryResult> AskQueries(const std::shared_ptr<grpc::Channel>& channel,
                                       const std::string& kind, uint64_t log_size,
                                       const Sizes& sizes);

}  // namespace daybook::bench
