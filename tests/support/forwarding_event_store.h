#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "storage/event_store.h"

namespace daybook::testing {

// Does as another store does; a test overrides what it wants to be different.
//
// Thread-safe where the other is.
class ForwardingEventStore : public storage::EventStore {
 public:
  explicit ForwardingEventStore(std::unique_ptr<storage::EventStore> store)
      : store_(std::move(store)) {}

  absl::StatusOr<storage::AppendReceipt> Append(
      std::span<const storage::NewEvent* const> events) override {
    return store_->Append(events);
  }
  absl::StatusOr<std::optional<audit::v1::Event>> FindRepeated(
      const storage::NewEvent& event) override {
    return store_->FindRepeated(event);
  }
  LogSize Size() const override { return store_->Size(); }
  Seq Begin() const override { return store_->Begin(); }
  absl::StatusOr<audit::v1::Event> Get(Seq seq) override { return store_->Get(seq); }
  absl::StatusOr<ledger::OpenedLeaf> GetLeaf(Seq seq) override { return store_->GetLeaf(seq); }
  absl::StatusOr<std::vector<ledger::Hash>> ReadNodes(
      std::span<const ledger::Node> nodes) override {
    return store_->ReadNodes(nodes);
  }
  absl::StatusOr<storage::ScanResult> Scan(const storage::ScanRequest& request) override {
    return store_->Scan(request);
  }
  absl::StatusOr<storage::TallyResult> Aggregate(const storage::TallyRequest& request) override {
    return store_->Aggregate(request);
  }
  absl::StatusOr<storage::SpanSummary> Summarize(Seq first, Seq last) override {
    return store_->Summarize(first, last);
  }
  absl::StatusOr<std::vector<audit::v1::Event>> ReadProducers(Seq first, Seq last) override {
    return store_->ReadProducers(first, last);
  }
  uint64_t CountRewrites(const storage::Erasure& erasure) const override {
    return store_->CountRewrites(erasure);
  }
  absl::Status Erase(const storage::Erasure& erasure,
                     const std::function<bool()>& cancelled) override {
    return store_->Erase(erasure, cancelled);
  }
  absl::Status Prune(Seq begin) override { return store_->Prune(begin); }

 protected:
  storage::EventStore& forwarded() { return *store_; }

 private:
  const std::unique_ptr<storage::EventStore> store_;
};

}  // namespace daybook::testing
