#include "telemetry/exposer.h"

#include <exception>
#include <utility>

#include <prometheus/exposer.h>
#include <prometheus/registry.h>

#include "absl/strings/str_cat.h"

namespace daybook::telemetry {
namespace {

constexpr size_t kThreads = 1;

}  // namespace

absl::StatusOr<std::unique_ptr<Exposer>> Exposer::Start(const std::string& address,
                                                        const Metrics& metrics) {
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(address, kThreads);
    exposer->RegisterCollectable(metrics.registry_);
    return std::unique_ptr<Exposer>(new Exposer(std::move(exposer)));
  } catch (const std::exception& e) {
    return absl::UnavailableError(absl::StrCat("serve metrics on ", address, ": ", e.what()));
  }
}

Exposer::Exposer(std::unique_ptr<prometheus::Exposer> exposer) : exposer_(std::move(exposer)) {}
Exposer::~Exposer() = default;

int Exposer::port() const { return exposer_->GetListeningPorts().front(); }

}  // namespace daybook::telemetry
