#pragma once

#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "core/clock.h"
#include "core/mutex.h"
#include "ledger/redaction.h"
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
  Seq Begin() const override;
  absl::StatusOr<audit::v1::Event> Get(Seq seq) override;
  absl::StatusOr<ledger::OpenedLeaf> GetLeaf(Seq seq) override;
  absl::StatusOr<std::vector<ledger::Hash>> ReadNodes(std::span<const ledger::Node> nodes) override;
  absl::StatusOr<storage::ScanResult> Scan(const storage::ScanRequest& request) override;
  absl::StatusOr<storage::TallyResult> Aggregate(const storage::TallyRequest& request) override;
  absl::StatusOr<storage::SpanSummary> Summarize(Seq first, Seq last) override;
  absl::StatusOr<std::vector<audit::v1::Event>> ReadProducers(Seq first, Seq last) override;
  uint64_t CountRewrites(const storage::Erasure& erasure) const override;
  absl::Status Erase(const storage::Erasure& erasure,
                     const std::function<bool()>& cancelled) override;
  absl::Status Prune(Seq begin) override;

  // What every Erase answers from now on, instead of erasing; OK ends it.
  void FailErasures(absl::Status error);

  // Changes the stored event at `seq`, as one who tampers would: its leaf_hash is
  // that of what it says now, and the tree keeps the old one.
  void Tamper(Seq seq, const std::function<void(audit::v1::Event&)>& change);

 private:
  std::vector<std::pair<Micros, uint64_t>> KeysByEventTime(
      const storage::ScanRequest& request) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckHolds(Seq first, Seq last) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<storage::ScanResult> ScanByEventTime(const storage::ScanRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status EraseEvent(uint64_t seq, const std::vector<ledger::Group>& groups)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  absl::Status append_error_ ABSL_GUARDED_BY(mutex_);
  absl::Status erase_error_ ABSL_GUARDED_BY(mutex_);
  Seq begin_ ABSL_GUARDED_BY(mutex_){0};  // those before are kept, and not shown
  std::vector<audit::v1::Event> events_ ABSL_GUARDED_BY(mutex_);
  std::vector<ledger::Redaction> redactions_ ABSL_GUARDED_BY(mutex_);  // of the events
  std::vector<ledger::Hash> leaves_ ABSL_GUARDED_BY(mutex_);           // likewise
  absl::flat_hash_map<storage::RequestKey, size_t> requests_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::testing
