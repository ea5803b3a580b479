#pragma once

#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "journal/receipt.h"
#include "storage/event_store.h"

namespace daybook::journal {

// What one group of submissions comes to: which events are new and are to be
// appended, which repeat a request, and, once the append is done, every
// submission's receipts.
//
// Thread-compatible.
class GroupPlan {
 public:
  // `store` must outlive it.
  explicit GroupPlan(storage::EventStore& store) : store_(store) {}

  // Takes a submission in, all its events or none, and returns its number.
  // ALREADY_EXISTS / REQUEST_ID_REUSED, with the event's position among
  // `requests`, where a request_id was used with another body. The events must
  // outlive the plan.
  absl::StatusOr<size_t> Add(std::span<const storage::NewEvent> events);

  // The events to append, in order.
  std::span<const storage::NewEvent* const> fresh() const { return fresh_; }

  // The receipts of a submission that was taken in, after fresh() was appended
  // with `appended`.
  std::vector<Receipt> Receipts(size_t submission, const storage::AppendReceipt& appended) const;

  // True where a submission has events in fresh(): it lives or dies with the
  // append. The others repeat what is on disk.
  bool DependsOnAppend(size_t submission) const;

 private:
  // An event of fresh(), by position; `repeats` where an earlier event of the
  // group is the same request.
  struct InGroup {
    size_t position;
    bool repeats;
  };
  using Place = std::variant<InGroup, Receipt>;

  absl::StatusOr<Place> PlaceOf(const storage::NewEvent& event);
  void Forget(size_t first_fresh);

  storage::EventStore& store_;
  std::vector<const storage::NewEvent*> fresh_;
  absl::flat_hash_map<storage::RequestKey, size_t> positions_;  // in fresh_
  std::vector<std::vector<Place>> submissions_;
};

}  // namespace daybook::journal
