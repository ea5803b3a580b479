#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "telemetry/metrics.h"

namespace prometheus {
class Exposer;
}  // namespace prometheus

namespace daybook::telemetry {

// Serves /metrics over plain HTTP while it lives.
//
// Immutable.
class Exposer {
 public:
  // Listens on `address`, HOST:PORT; port 0 picks a free one. UNAVAILABLE
  // where that cannot be had. `metrics` must outlive it.
  static absl::StatusOr<std::unique_ptr<Exposer>> Start(const std::string& address,
                                                        const Metrics& metrics);
  ~Exposer();

  int port() const;

 private:
  Exposer(std::unique_ptr<prometheus::Exposer> exposer, const std::string& address);

  std::unique_ptr<prometheus::Exposer> exposer_;
  const std::string host_;
};

}  // namespace daybook::telemetry
