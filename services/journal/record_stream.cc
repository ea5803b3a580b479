#include "journal/record_stream.h"

#include <utility>

#include "core/errors.h"
#include "core/status_macros.h"
#include "core/unknown_fields.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::RecordEventRequest;
using ::daybook::audit::v1::StreamRecordEventsRequest;
using ::daybook::storage::NewEvent;

// While a group of the stream is being recorded the next one gathers, up to so
// many events: one round of the journal's lock for all of them.
constexpr size_t kGroupEvents = 64;

}  // namespace

RecordStream::RecordStream(Recorder& recorder, auth::Principal principal, Limits limits,
                           std::function<void()> changed)
    : recorder_(recorder),
      principal_(std::move(principal)),
      limits_(limits),
      changed_(std::move(changed)) {}

absl::StatusOr<std::optional<NewEvent>> RecordStream::Prepare(
    const absl::StatusOr<std::shared_ptr<StreamRecordEventsRequest>>& request) const {
  if (!request.ok()) return request.status();
  DropUnknownFields(**request);
  absl::StatusOr<std::optional<NewEvent>> prepared = recorder_.Prepare(
      principal_, std::shared_ptr<RecordEventRequest>(*request, (*request)->mutable_request()));
  // Only such errors are about a field.
  if (absl::IsInvalidArgument(prepared.status())) {
    return WithFieldPrefix(prepared.status(), "request");
  }
  return prepared;
}

void RecordStream::Add(const absl::StatusOr<std::shared_ptr<StreamRecordEventsRequest>>& request,
                       size_t bytes) {
  const Clock::time_point begin = Clock::now();
  absl::StatusOr<std::optional<NewEvent>> prepared = Prepare(request);

  const MutexLock lock(mutex_);
  Place& place =
      places_.emplace_back(Place{.bytes = bytes, .begin = begin, .took = {}, .outcome = {}});
  if (prepared.ok() && prepared->has_value()) {
    place.bytes = (*prepared)->size_in_bytes();
    place.wait_for = (*request)->request().wait_for();
    gathered_numbers_.push_back(first_place_ + places_.size() - 1);
    gathered_.push_back(**std::move(prepared));
    if (groups_under_way_ == 0 || gathered_.size() >= kGroupEvents) HandOver();
  } else {
    place.outcome = std::optional<Receipt>();
    if (!prepared.ok()) place.outcome = prepared.status();
    place.took = Clock::now() - begin;
  }
  bytes_under_way_ += place.bytes;
}

void RecordStream::HandOver() {
  if (gathered_.empty()) return;
  ++groups_under_way_;
  // Under the lock, so that groups reach the journal in the order of the stream.
  recorder_.commits().SubmitEach(
      std::exchange(gathered_, {}),
      [this, numbers = std::exchange(gathered_numbers_, {})](GroupCommit::Outcomes outcomes) {
        Settle(numbers, std::move(outcomes));
      });
}

void RecordStream::Settle(const std::vector<uint64_t>& numbers, GroupCommit::Outcomes outcomes) {
  // A copy: once the last place is settled, another thread may end the stream.
  const std::function<void()> changed = changed_;
  const Clock::time_point now = Clock::now();
  struct Unproved {
    uint64_t number;
    audit::v1::WaitFor wait_for;
    Receipt receipt;
  };
  std::vector<Unproved> to_prove;
  {
    const MutexLock lock(mutex_);
    --groups_under_way_;
    for (size_t i = 0; i < numbers.size(); ++i) {
      Place& place = places_[numbers[i] - first_place_];
      if (Prover::IsProof(place.wait_for) && outcomes[i].ok()) {
        to_prove.push_back(
            {.number = numbers[i], .wait_for = place.wait_for, .receipt = *std::move(outcomes[i])});
        continue;
      }
      place.took = now - place.begin;
      place.outcome = std::move(outcomes[i]);
    }
    HandOver();
  }
  for (Unproved& each : to_prove) {
    SettleProved(each.number, each.wait_for, std::move(each.receipt));
  }
  changed();
}

void RecordStream::SettleProved(uint64_t number, audit::v1::WaitFor wait_for, Receipt receipt) {
  recorder_.prover().AddProofs({std::move(receipt)}, wait_for,
                               [this, number](absl::StatusOr<std::vector<Receipt>> proved) {
                                 const std::function<void()> changed = changed_;
                                 {
                                   const MutexLock lock(mutex_);
                                   Place& place = places_[number - first_place_];
                                   place.took = Clock::now() - place.begin;
                                   if (proved.ok()) {
                                     place.outcome = std::optional(std::move(proved->front()));
                                   } else {
                                     place.outcome = std::move(proved).status();
                                   }
                                 }
                                 changed();
                               });
}

bool RecordStream::HasRoom() const {
  const MutexLock lock(mutex_);
  const size_t events = places_.size() + unreleased_bytes_.size();
  return events < limits_.max_events && bytes_under_way_ < limits_.max_bytes;
}

std::optional<RecordStream::Answered> RecordStream::TakeAnswer() {
  const MutexLock lock(mutex_);
  if (places_.empty() || !places_.front().outcome) return std::nullopt;
  Place place = std::move(places_.front());
  places_.pop_front();
  ++first_place_;
  unreleased_bytes_.push_back(place.bytes);
  return Answered{.outcome = *std::move(place.outcome),
                  .took = place.took,
                  .more_follow = !places_.empty() && places_.front().outcome.has_value()};
}

void RecordStream::Release() {
  const MutexLock lock(mutex_);
  bytes_under_way_ -= unreleased_bytes_.front();
  unreleased_bytes_.pop_front();
}

bool RecordStream::is_settled() const {
  const MutexLock lock(mutex_);
  return places_.empty() && unreleased_bytes_.empty();
}

}  // namespace daybook::journal
