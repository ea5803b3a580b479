#pragma once

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "daybook/audit/v1/event.pb.h"
#include "event/event_rules.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "support/manual_clock.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::bench {

// A store of the real engine in this process, without a service around it: it
// grows fast, and its events get the record times that the benchmark says.
//
// Thread-compatible.
class EngineStore {
 public:
  // Makes the store in `folder`, as daybook-migrate does, and opens it.
  static absl::StatusOr<std::unique_ptr<EngineStore>> Make(const std::string& folder);

  // Appends them at once, waiting while sealing is behind. `now` is their record
  // time, which must not go back.
  absl::Status Append(std::vector<audit::v1::Event> events, absl::Time now);

  // How long the engine has taken for all appends: without checking the events,
  // and without waiting for sealing.
  std::chrono::duration<double> appending() const { return appending_; }

  uint64_t events() const { return store_->Size().value(); }

  storage::EventStore& store() { return *store_; }

  // Waits until every full segment is sealed.
  void WaitUntilSealed() { store_->WaitUntilSealed(); }

 private:
  explicit EngineStore(event::EventRules rules) : rules_(std::move(rules)) {}

  const event::EventRules rules_;
  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  std::ostringstream log_text_;
  telemetry::Log log_{log_text_, clock_};
  std::unique_ptr<storage::sqlite::SqliteEventStore> store_;
  std::chrono::duration<double> appending_{};
};

}  // namespace daybook::bench
