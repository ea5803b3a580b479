#include "journal/group_commit.h"

#include <chrono>
#include <utility>

#include "absl/time/time.h"

#include "core/errors.h"

namespace daybook::journal {
namespace {

constexpr uint64_t kLargestGroup = 65'536;

// Shares of the room that waits: all of it, or one half.
constexpr size_t kWhole = 1;
constexpr size_t kHalf = 2;

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

size_t BytesOf(const std::vector<storage::NewEvent>& events) {
  size_t bytes = 0;
  for (const storage::NewEvent& event : events) bytes += event.size_in_bytes();
  return bytes;
}

absl::StatusOr<GroupCommit::Receipts> ReceiptsOf(
    const absl::StatusOr<size_t>& part, const GroupPlan& plan,
    const absl::StatusOr<storage::AppendReceipt>& appended) {
  if (!part.ok()) return part.status();
  if (appended.ok()) return plan.Receipts(*part, *appended);
  if (plan.DependsOnAppend(*part)) return appended.status();
  return plan.Receipts(*part, storage::AppendReceipt());
}

GroupCommit::Outcomes OutcomesOf(std::span<const absl::StatusOr<size_t>> parts,
                                 const GroupPlan& plan,
                                 const absl::StatusOr<storage::AppendReceipt>& appended) {
  GroupCommit::Outcomes outcomes;
  outcomes.reserve(parts.size());
  for (const absl::StatusOr<size_t>& part : parts) {
    absl::StatusOr<GroupCommit::Receipts> receipts = ReceiptsOf(part, plan, appended);
    if (receipts.ok()) {
      outcomes.emplace_back(receipts->front());
    } else {
      outcomes.emplace_back(std::move(receipts).status());
    }
  }
  return outcomes;
}

}  // namespace

GroupCommit::GroupCommit(storage::EventStore& store, telemetry::Metrics& metrics, Limits limits,
                         Observer observer)
    : store_(store),
      limits_(limits),
      observer_(std::move(observer)),
      head_(store.Size()),
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
  const size_t bytes = BytesOf(events);
  Submission submission{.events = std::move(events), .bytes = bytes, .answer = std::move(answer)};
  {
    const MutexLock lock(mutex_);
    if (HasRoomFor(submission, kWhole)) return Enqueue(std::move(submission));
  }
  std::get<Answer<Receipts>>(std::move(submission.answer))(
      QueueFullError("too many events wait for the disk; retry a little later", kRetryDelay));
}

void GroupCommit::SubmitEach(std::vector<storage::NewEvent> events, EachAnswer answer) {
  const size_t bytes = BytesOf(events);
  Submission submission{.events = std::move(events), .bytes = bytes, .answer = std::move(answer)};
  const MutexLock lock(mutex_);
  if (at_the_door_.empty() && HasRoomFor(submission, kHalf)) return Enqueue(std::move(submission));
  events_at_the_door_ += submission.events.size();
  at_the_door_.push_back(std::move(submission));
  ShowQueue();
}

bool GroupCommit::HasRoomFor(const Submission& submission, size_t share) const {
  // Whatever a call may bring is taken once nothing else waits: to be told to
  // retry for ever would help nobody.
  if (waiting_.empty()) return true;
  return waiting_events_ + submission.events.size() <= limits_.max_waiting_events / share &&
         waiting_bytes_ + submission.bytes <= limits_.max_waiting_bytes / share;
}

void GroupCommit::Enqueue(Submission submission) {
  waiting_events_ += submission.events.size();
  waiting_bytes_ += submission.bytes;
  waiting_.push_back(std::move(submission));
  ShowQueue();
  if (waiting_.size() == 1) has_work_.NotifyOne();
}

void GroupCommit::LetIn() {
  while (!at_the_door_.empty() && HasRoomFor(at_the_door_.front(), kHalf)) {
    events_at_the_door_ -= at_the_door_.front().events.size();
    Enqueue(std::move(at_the_door_.front()));
    at_the_door_.pop_front();
  }
}

void GroupCommit::ShowQueue() {
  queue_events_.Set(static_cast<double>(waiting_events_ + events_at_the_door_));
}

std::vector<GroupCommit::Submission> GroupCommit::TakeAll() {
  const MutexLock lock(mutex_);
  while (waiting_.empty() && !ending_) has_work_.Wait(mutex_);
  std::vector<Submission> taken = std::exchange(waiting_, {});
  waiting_events_ = 0;
  waiting_bytes_ = 0;
  LetIn();
  ShowQueue();
  return taken;
}

void GroupCommit::Run() {
  while (true) {
    std::vector<Submission> group = TakeAll();
    if (group.empty()) return;  // ending, and nothing waits
    Commit(std::move(group));
  }
}

GroupCommit::Parts GroupCommit::PartsOf(const Submission& submission, GroupPlan& plan) {
  const std::span<const storage::NewEvent> events(submission.events);
  Parts parts;
  if (std::holds_alternative<Answer<Receipts>>(submission.answer)) {
    parts.push_back(plan.Add(events));
    return parts;
  }
  parts.reserve(events.size());
  for (size_t i = 0; i < events.size(); ++i) parts.push_back(plan.Add(events.subspan(i, 1)));
  return parts;
}

absl::StatusOr<storage::AppendReceipt> GroupCommit::Append(
    std::span<const storage::NewEvent* const> events, std::chrono::steady_clock::time_point begin) {
  if (events.empty()) return storage::AppendReceipt();
  absl::StatusOr<storage::AppendReceipt> appended = store_.Append(events);
  // Also where it failed: an append that was in doubt may have come to light.
  head_.Advance(store_.Size());
  if (appended.ok()) {
    observer_(*appended, events);
    group_events_.Observe(static_cast<double>(events.size()));
    commit_seconds_.Observe(SecondsSince(begin));
  }
  return appended;
}

void GroupCommit::Commit(std::vector<Submission> group) {
  const auto begin = std::chrono::steady_clock::now();
  GroupPlan plan(store_);
  std::vector<Parts> parts;
  parts.reserve(group.size());
  for (const Submission& submission : group) parts.push_back(PartsOf(submission, plan));
  const absl::StatusOr<storage::AppendReceipt> appended = Append(plan.fresh(), begin);
  for (size_t i = 0; i < group.size(); ++i) {
    if (auto* const all = std::get_if<Answer<Receipts>>(&group[i].answer)) {
      std::move (*all)(ReceiptsOf(parts[i].front(), plan, appended));
    } else {
      std::get<EachAnswer>(std::move(group[i].answer))(OutcomesOf(parts[i], plan, appended));
    }
  }
}

}  // namespace daybook::journal
