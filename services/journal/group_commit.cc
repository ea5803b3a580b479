#include "journal/group_commit.h"

#include <chrono>
#include <utility>

#include "absl/time/time.h"

#include "core/errors.h"
#include "journal/group_plan.h"

namespace daybook::journal {
namespace {

constexpr uint64_t kLargestGroup = 65'536;

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

size_t BytesOf(const std::vector<storage::NewEvent>& events) {
  size_t bytes = 0;
  for (const storage::NewEvent& event : events) bytes += event.size_in_bytes();
  return bytes;
}

}  // namespace

GroupCommit::GroupCommit(storage::EventStore& store, telemetry::Metrics& metrics, Limits limits)
    : store_(store),
      limits_(limits),
      queue_events_(
          metrics.AddGauge("daybook_journal_queue_events", "Events that wait to be committed.")),
      group_events_(metrics.AddHistogram("daybook_journal_group_events",
                                         "Events committed together.",
                                         telemetry::CountBounds(kLargestGroup))),
      commit_seconds_(metrics.AddHistogram("daybook_journal_commit_seconds",
                                           "Time from taking a group to having it on disk.",
                                           telemetry::SecondsBounds())),
      writer_([this] { Run(); }) {}

GroupCommit::~GroupCommit() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  has_work_.NotifyOne();
  writer_.join();
}

void GroupCommit::Submit(std::vector<storage::NewEvent> events, Answer<Receipts> answer) {
  Submission submission{.events = std::move(events), .bytes = 0, .answer = std::move(answer)};
  submission.bytes = BytesOf(submission.events);
  {
    const MutexLock lock(mutex_);
    if (HasRoomFor(submission)) return Enqueue(std::move(submission));
  }
  std::move(submission.answer)(
      QueueFullError("too many events wait for the disk; retry a little later", kRetryDelay));
}

bool GroupCommit::HasRoomFor(const Submission& submission) const {
  // Whatever a call may bring is taken once nothing else waits: to be told to
  // retry for ever would help nobody.
  if (waiting_.empty()) return true;
  return waiting_events_ + submission.events.size() <= limits_.max_waiting_events &&
         waiting_bytes_ + submission.bytes <= limits_.max_waiting_bytes;
}

void GroupCommit::Enqueue(Submission submission) {
  waiting_events_ += submission.events.size();
  waiting_bytes_ += submission.bytes;
  queue_events_.Set(static_cast<double>(waiting_events_));
  waiting_.push_back(std::move(submission));
  if (waiting_.size() == 1) has_work_.NotifyOne();
}

std::vector<GroupCommit::Submission> GroupCommit::TakeAll() {
  const MutexLock lock(mutex_);
  while (waiting_.empty() && !ending_) has_work_.Wait(mutex_);
  queue_events_.Set(0);
  waiting_events_ = 0;
  waiting_bytes_ = 0;
  return std::exchange(waiting_, {});
}

void GroupCommit::Run() {
  while (true) {
    std::vector<Submission> group = TakeAll();
    if (group.empty()) return;  // ending, and nothing waits
    Commit(std::move(group));
  }
}

void GroupCommit::Commit(std::vector<Submission> group) {
  const auto begin = std::chrono::steady_clock::now();
  GroupPlan plan(store_);
  std::vector<Submission*> planned;
  for (Submission& submission : group) {
    if (absl::Status added = plan.Add(submission.events); added.ok()) {
      planned.push_back(&submission);
    } else {
      std::move(submission.answer)(std::move(added));
    }
  }
  absl::StatusOr<storage::AppendReceipt> appended = storage::AppendReceipt();
  if (!plan.fresh().empty()) {
    appended = store_.Append(plan.fresh());
    if (appended.ok()) {
      group_events_.Observe(static_cast<double>(plan.fresh().size()));
      commit_seconds_.Observe(SecondsSince(begin));
    }
  }
  for (size_t i = 0; i < planned.size(); ++i) {
    if (!appended.ok() && plan.DependsOnAppend(i)) {
      std::move(planned[i]->answer)(appended.status());
    } else {
      std::move(planned[i]->answer)(
          plan.Receipts(i, appended.ok() ? *appended : storage::AppendReceipt()));
    }
  }
}

}  // namespace daybook::journal
