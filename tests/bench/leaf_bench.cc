#include "bench/leaf_bench.h"

#include <chrono>
#include <cstdio>
#include <vector>

#include "bench/event_generator.h"
#include "ledger/leaf.h"
#include "ledger/salt.h"

namespace daybook::bench {
namespace {

constexpr int kLeafRounds = 100;
constexpr size_t kLeafEvents = 1'000;
constexpr Micros kSomeTime = 1'763'683'199'000'000;

// Returns something of the hashes, so that the compiler cannot leave them out.
uint64_t HashAll(const std::vector<audit::v1::RecordEventRequest>& requests) {
  const std::vector<ledger::Salt> salts = ledger::DrawSalts(requests.size());
  uint64_t sum = 0;
  for (size_t i = 0; i < requests.size(); ++i) {
    sum += ledger::LeafDraft(requests[i].event(), salts[i]).HashAt(kSomeTime)[0];
  }
  return sum;
}

}  // namespace

absl::Status RunLeaf(const DataSet& data, const Sizes& /*sizes*/, Results& results) {
  std::vector<audit::v1::RecordEventRequest> requests(kLeafEvents);
  EventGenerator generator(data, 1);
  for (auto& request : requests) generator.Next(request);
  uint64_t sum = HashAll(requests);  // warms up
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 0; round < kLeafRounds; ++round) sum += HashAll(requests);
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
  if (sum == 0) return absl::InternalError("hashes of nothing but zeros");

  const double nanos = spent.count() / (kLeafRounds * static_cast<double>(kLeafEvents));
  std::printf("\nleaf: salt, leaf and hash of one event take %.0f ns on one core\n", nanos);
  results.Add("leaf_ns_per_event", nanos, "ns");
  return absl::OkStatus();
}

}  // namespace daybook::bench
