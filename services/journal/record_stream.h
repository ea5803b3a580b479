#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "auth/principal.h"
#include "core/mutex.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/group_commit.h"
#include "journal/receipt.h"
#include "journal/recorder.h"

namespace daybook::journal {

// One client's stream of events: takes requests as they come, and has their
// answers in the same order. Each stands for itself: a bad one is answered with
// its error, and the others are recorded. What was added is recorded also where
// nobody asks for its answer any more; the stream must stay until it
// is_settled().
//
// Thread-safe; calls of Add take turns.
class RecordStream {
 public:
  // How much of one stream may be under way, from being added to being
  // released: about what a batch is.
  struct Limits {
    size_t max_events = 1'000;
    size_t max_bytes = size_t{4} << 20;
  };

  struct Answered {
    absl::StatusOr<std::optional<Receipt>> outcome;  // nothing where it only validated
    std::chrono::steady_clock::duration took;        // since it was added
    bool more_follow;                                // the next answer is there, too
  };

  // `changed` is called from any thread, never within a call to the stream,
  // whenever answers may have come; perhaps once more when the stream is gone.
  // `recorder` must outlive the stream.
  RecordStream(Recorder& recorder, auth::Principal principal, Limits limits,
               std::function<void()> changed);
  RecordStream(const RecordStream&) = delete;
  RecordStream& operator=(const RecordStream&) = delete;

  // Takes the next request in: its rules are those of Recorder::Record, field
  // paths begin with `request.`. `request` may be an error, which is then the
  // answer. It is taken also beyond the limits: ask HasRoom() before.
  void Add(const absl::StatusOr<std::shared_ptr<audit::v1::StreamRecordEventsRequest>>& request,
           size_t bytes);

  // False once as much is under way as may be.
  bool HasRoom() const;

  // The next answer, where it is there.
  std::optional<Answered> TakeAnswer();

  // The oldest answer that was taken needs no room any more.
  void Release();

  // True where nothing is under way: all that was added has been answered, and
  // the answers have been taken and released.
  bool is_settled() const;

 private:
  using Clock = std::chrono::steady_clock;

  // A request whose answer has not been taken.
  struct Place {
    size_t bytes;
    Clock::time_point begin;
    Clock::duration took{};
    audit::v1::WaitFor wait_for = audit::v1::WAIT_FOR_UNSPECIFIED;
    std::optional<absl::StatusOr<std::optional<Receipt>>> outcome;
  };

  absl::StatusOr<std::optional<storage::NewEvent>> Prepare(
      const absl::StatusOr<std::shared_ptr<audit::v1::StreamRecordEventsRequest>>& request) const;
  void HandOver() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Settle(const std::vector<uint64_t>& numbers, GroupCommit::Outcomes outcomes);
  // Settles one of them once its proof is there.
  void SettleProved(uint64_t number, audit::v1::WaitFor wait_for, Receipt receipt);

  Recorder& recorder_;
  const auth::Principal principal_;
  const Limits limits_;
  const std::function<void()> changed_;

  mutable Mutex mutex_;
  std::deque<Place> places_ ABSL_GUARDED_BY(mutex_);
  uint64_t first_place_ ABSL_GUARDED_BY(mutex_) = 0;  // the number of places_.front()
  std::deque<size_t> unreleased_bytes_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  // Events that go to the journal together, and the numbers of their places.
  // There are some only while others are being recorded.
  std::vector<storage::NewEvent> gathered_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint64_t> gathered_numbers_ ABSL_GUARDED_BY(mutex_);
  size_t groups_under_way_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace daybook::journal
