#pragma once

#include <optional>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "core/clock.h"
#include "core/mutex.h"
#include "storage/event_store.h"

namespace daybook::testing {

// The smallest store that keeps the contract. Forgets everything when it goes.
class MemoryEventStore final : public storage::EventStore {
 public:
  // `clock` must outlive it.
  explicit MemoryEventStore(const Clock& clock) : clock_(clock) {}

  // What every Append answers from now on, instead of appending; OK ends it.
  void FailAppends(absl::Status error);

  absl::StatusOr<storage::AppendReceipt> Append(
      std::span<const storage::NewEvent* const> events) override;
  absl::StatusOr<std::optional<audit::v1::Event>> FindRepeated(
      const storage::NewEvent& event) override;
  LogSize Size() const override;
  absl::StatusOr<audit::v1::Event> Get(Seq seq) override;
  absl::StatusOr<ledger::OpenedLeaf> GetLeaf(Seq seq) override;
  absl::StatusOr<std::vector<ledger::Hash>> ReadNodes(std::span<const ledger::Node> nodes) override;
  absl::StatusOr<storage::ScanResult> Scan(const storage::ScanRequest& request) override;

 private:
  const Clock& clock_;
  mutable Mutex mutex_;
  absl::Status append_error_ ABSL_GUARDED_BY(mutex_);
  std::vector<audit::v1::Event> events_ ABSL_GUARDED_BY(mutex_);
  std::vector<ledger::Salt> salts_ ABSL_GUARDED_BY(mutex_);  // zeros where there is none
  absl::flat_hash_map<storage::RequestKey, size_t> requests_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::testing
