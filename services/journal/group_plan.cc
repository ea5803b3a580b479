#include "journal/group_plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "core/timestamp.h"
#include "event/checked_event.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::storage::NewEvent;

absl::Status RequestIdReusedError() {
  return ErrorWithReason(
      absl::StatusCode::kAlreadyExists, Reason::kRequestIdReused,
      "request_id: was used before, with another body; a new event needs a new id");
}

Receipt ReceiptOf(const Event& stored) {
  Receipt receipt{.seq = Seq(stored.seq()),
                  .created_at = MicrosOf(stored.created_at()),
                  .leaf_hash = {},
                  .duplicate = true};
  // Never beyond the 32 bytes, whatever an engine says.
  stored.leaf_hash().copy(reinterpret_cast<char*>(receipt.leaf_hash.data()),
                          receipt.leaf_hash.size());
  return receipt;
}

}  // namespace

absl::StatusOr<size_t> GroupPlan::Add(std::span<const NewEvent> events) {
  const size_t first_fresh = fresh_.size();
  std::vector<Place> places;
  places.reserve(events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    absl::StatusOr<Place> place = PlaceOf(events[i]);
    if (!place.ok()) {
      Forget(first_fresh);
      const absl::Status error = std::move(place).status();
      return events.size() == 1 ? error : WithFieldPrefix(error, absl::StrCat("requests[", i, "]"));
    }
    places.push_back(*std::move(place));
  }
  submissions_.push_back(std::move(places));
  return submissions_.size() - 1;
}

absl::StatusOr<GroupPlan::Place> GroupPlan::PlaceOf(const NewEvent& event) {
  if (event.request_key()) {
    if (const auto found = positions_.find(*event.request_key()); found != positions_.end()) {
      if (!event::SameRequest(event.checked(), fresh_[found->second]->checked())) {
        return RequestIdReusedError();
      }
      return InGroup{.position = found->second, .repeats = true};
    }
    DAYBOOK_ASSIGN_OR_RETURN(const auto stored, store_.FindRepeated(event));
    if (stored) {
      if (!event::SameRequest(event.checked(), *stored)) return RequestIdReusedError();
      return ReceiptOf(*stored);
    }
    positions_.emplace(*event.request_key(), fresh_.size());
  }
  fresh_.push_back(&event);
  return InGroup{.position = fresh_.size() - 1, .repeats = false};
}

void GroupPlan::Forget(size_t first_fresh) {
  for (size_t i = first_fresh; i < fresh_.size(); ++i) {
    if (fresh_[i]->request_key()) positions_.erase(*fresh_[i]->request_key());
  }
  fresh_.resize(first_fresh);
}

std::vector<Receipt> GroupPlan::Receipts(size_t submission,
                                         const storage::AppendReceipt& appended) const {
  std::vector<Receipt> receipts;
  receipts.reserve(submissions_[submission].size());
  for (const Place& place : submissions_[submission]) {
    if (const auto* stored = std::get_if<Receipt>(&place)) {
      receipts.push_back(*stored);
      continue;
    }
    const auto& in_group = std::get<InGroup>(place);
    receipts.push_back({.seq = Seq(appended.first_seq.value() + in_group.position),
                        .created_at = appended.created_at,
                        .leaf_hash = appended.leaf_hashes[in_group.position],
                        .duplicate = in_group.repeats});
  }
  return receipts;
}

bool GroupPlan::DependsOnAppend(size_t submission) const {
  const auto& places = submissions_[submission];
  return std::any_of(places.begin(), places.end(),
                     [](const Place& place) { return std::holds_alternative<InGroup>(place); });
}

}  // namespace daybook::journal
