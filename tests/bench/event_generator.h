#pragma once

#include <cstdint>
#include <random>

#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::bench {

// Makes events of about 400 bytes as the services that record them do, each with
// a request_id; the same ones for the same seed.
//
// Thread-compatible.
class EventGenerator {
 public:
  explicit EventGenerator(uint64_t seed) : random_(seed), run_(random_()) {}

  void Next(audit::v1::RecordEventRequest& request);

 private:
  std::mt19937_64 random_;
  uint64_t run_;
  uint64_t made_ = 0;
};

}  // namespace daybook::bench
