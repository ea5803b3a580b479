#pragma once

#include <cstdint>

#include "bench/data_set.h"
#include "bench/random.h"
#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::bench {

// Makes the events of docs/bench-data.md, each with a request_id; the same ones
// for the same seed. Cheap, because it shares the machine with what is measured.
//
// Thread-compatible.
class EventGenerator {
 public:
  // `data` must outlive it. Seeds that differ give request_ids that differ.
  EventGenerator(const DataSet& data, uint64_t seed)
      : data_(data), random_(seed), run_(random_.Next()) {}

  // A request that was filled before is filled anew without allocating.
  void Next(audit::v1::RecordEventRequest& request);

 private:
  void SetAction(uint64_t person, audit::v1::Event& event);
  void SetDetails(uint64_t person, audit::v1::Event& event);
  void SetTrace(audit::v1::Event& event);
  void SetRequestId(audit::v1::RecordEventRequest& request);

  const DataSet& data_;
  Random random_;
  uint64_t run_;
  uint64_t made_ = 0;
};

}  // namespace daybook::bench
