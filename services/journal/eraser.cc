#include "journal/eraser.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "journal/await.h"
#include "journal/declaration.h"
#include "journal/erasable_events.h"
#include "ledger/salt.h"

namespace daybook::journal {
namespace {

using ::daybook::admin::v1::EraseEventsResponse;
using ::daybook::storage::NewEvent;
using ::daybook::storage::PlannedErasure;
using ::daybook::telemetry::Severity;

constexpr size_t kMaxWaitingErasures = 16;
constexpr absl::Duration kFirstSettling = absl::Seconds(1);
constexpr absl::Duration kLastSettling = absl::Minutes(1);
constexpr int kDeclarationAttempts = 5;
constexpr absl::Duration kBetweenAttempts = absl::Milliseconds(200);

absl::Status EndingError() {
  return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kShuttingDown,
                         "the service is stopping; ask again");
}

// What finds a declaration: nobody else's by chance.
std::string FreshName() {
  const ledger::Salt random = ledger::DrawSalt();
  return absl::BytesToHexString({reinterpret_cast<const char*>(random.data()), random.size() / 2});
}

// True for errors of a submission of which nothing can be in the log.
bool IsCertain(const absl::Status& error) {
  return absl::IsResourceExhausted(error) || absl::IsInvalidArgument(error) ||
         absl::IsAlreadyExists(error);
}

// `status` with `prefix` before its message, and its details.
absl::Status Explained(const absl::Status& status, absl::string_view prefix) {
  absl::Status explained(status.code(), absl::StrCat(prefix, status.message()));
  status.ForEachPayload([&explained](absl::string_view url, const absl::Cord& payload) {
    explained.SetPayload(url, payload);
  });
  return explained;
}

}  // namespace

Eraser::Eraser(Collaborators collaborators)
    : with_(std::move(collaborators)),
      unfinished_(with_.metrics.AddGauge("daybook_journal_erasures_unfinished",
                                         "Erasures that are declared, or planned, and not done.")),
      erased_events_(with_.metrics.AddCounter("daybook_journal_erased_events_total",
                                              "Events that fields were erased from.")),
      retry_(kFirstSettling),
      thread_([this] { Run(); }) {}

Eraser::~Eraser() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void Eraser::Erase(const admin::v1::EraseEventsRequest& request, Answer<Response> answer) {
  absl::StatusOr<ErasureRequest> checked = CheckErasure(request);
  if (!checked.ok()) return std::move(answer)(std::move(checked).status());
  {
    const MutexLock lock(mutex_);
    if (waiting_.size() < kMaxWaitingErasures) {
      waiting_.push_back({.request = *std::move(checked), .answer = std::move(answer)});
      changed_.NotifyAll();
      return;
    }
  }
  std::move(answer)(QueueFullError("too many erasures wait; retry later", kRetryDelay));
}

void Eraser::WaitUntilSettled() {
  const MutexLock lock(mutex_);
  const uint64_t settlings = settlings_;
  while (settle_at_ != absl::InfiniteFuture() && settlings_ == settlings) changed_.Wait(mutex_);
}

void Eraser::Run() {
  while (true) {
    std::vector<Job> job = NextJob();
    if (!job.empty()) {
      absl::StatusOr<Response> response = EndingError();
      if (!ending_) response = DoErase(job.front().request);
      if (absl::IsCancelled(response.status())) response = EndingError();
      ShowUnfinished();
      std::move(job.front().answer)(std::move(response));
    } else if (ending_) {
      return;
    } else {
      const absl::Status settled = Settle();
      ShowUnfinished();
      Note(settled);
    }
  }
}

std::vector<Eraser::Job> Eraser::NextJob() {
  const MutexLock lock(mutex_);
  std::vector<Job> job;
  while (!ending_) {
    // Before requests: otherwise they could keep it waiting for ever.
    const absl::Duration until_settling = settle_at_ - absl::Now();
    if (until_settling <= absl::ZeroDuration()) return job;
    if (!waiting_.empty()) break;
    changed_.WaitFor(mutex_, until_settling);
  }
  if (waiting_.empty()) return job;
  job.push_back(std::move(waiting_.front()));
  waiting_.pop_front();
  return job;
}

absl::StatusOr<EraseEventsResponse> Eraser::DoErase(const ErasureRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(const ErasableEvents found,
                           FindErasable(with_.store, request, [this] { return IsEnding(); }));
  const storage::Erasure erasure{.ranges = found.ranges, .groups = request.groups};
  Response response;
  response.set_event_count(found.count);
  response.set_segment_count(with_.store.CountRewrites(erasure));
  response.set_as_of_size(found.as_of.value());
  if (request.validate_only || found.count == 0) return response;

  DAYBOOK_ASSIGN_OR_RETURN(const PlannedErasure planned,
                           with_.journal.Plan(FreshName(), erasure, with_.store.Size()));
  ShowUnfinished();
  DAYBOOK_ASSIGN_OR_RETURN(const GroupCommit::Receipts receipts,
                           Declare(planned, request, found.count));
  for (const Receipt& receipt : receipts) response.add_declaration_seqs(receipt.seq.value());
  with_.log.Write(Severity::kInfo, "erasure_declared",
                  {{"seq", static_cast<int64_t>(receipts.front().seq.value())},
                   {"events", static_cast<int64_t>(found.count)},
                   {"groups", storage::GroupsText(request.groups)}});
  erased_events_.Add(static_cast<double>(found.count));
  if (absl::Status completed = Complete(planned); !completed.ok()) {
    Note(completed);
    return Explained(completed, absl::StrCat("declared as event ", receipts.front().seq.value(),
                                             ", and completed as soon as it can be: "));
  }
  return response;
}

absl::StatusOr<GroupCommit::Receipts> Eraser::Declare(const PlannedErasure& planned,
                                                      const ErasureRequest& request,
                                                      uint64_t events) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<NewEvent> declaration,
                           DeclarationOf(planned, request, events, with_.rules, with_.clock.Now()));
  absl::StatusOr<GroupCommit::Receipts> receipts = Submit(declaration);
  const bool may_be_there = !receipts.ok() && !IsCertain(receipts.status());
  // The same request ids: where it is in the log already it is not recorded again.
  for (int i = 1; i < kDeclarationAttempts && absl::IsUnavailable(receipts.status()); ++i) {
    absl::SleepFor(kBetweenAttempts);
    receipts = Submit(declaration);
  }
  if (receipts.ok()) return receipts;
  if (may_be_there) {
    in_doubt_.insert(planned.id);
    Note(receipts.status());
  } else {
    with_.journal.Forget(planned).IgnoreError();  // the next start would
  }
  return Explained(receipts.status(), may_be_there
                                          ? "not known to be declared, look for `audit.erased`: "
                                          : "not declared, nothing is erased: ");
}

absl::StatusOr<GroupCommit::Receipts> Eraser::Submit(const std::vector<NewEvent>& declaration) {
  return Await<GroupCommit::Receipts>([&](Answer<GroupCommit::Receipts> answer) {
    with_.commits.Submit(declaration, std::move(answer));
  });
}

absl::Status Eraser::Complete(const PlannedErasure& planned) {
  const absl::Status erased = with_.store.Erase(planned.erasure, [this] { return IsEnding(); });
  with_.forget();  // also where it failed: some of it may be gone
  DAYBOOK_RETURN_IF_ERROR(erased);
  DAYBOOK_RETURN_IF_ERROR(with_.journal.Complete(planned, FloorToMicros(with_.clock.Now())));
  with_.log.Write(Severity::kInfo, "erasure_completed",
                  {{"groups", storage::GroupsText(planned.erasure.groups)}});
  return absl::OkStatus();
}

absl::Status Eraser::Settle() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<PlannedErasure> unfinished,
                           with_.journal.Unfinished());
  absl::Status first_problem;
  for (const PlannedErasure& planned : unfinished) {
    if (ending_) return EndingError();
    first_problem.Update(SettleOne(planned));
  }
  return first_problem;
}

absl::Status Eraser::SettleOne(const PlannedErasure& planned) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_declared, IsDeclared(with_.store, planned));
  if (is_declared) return Complete(planned);
  if (in_doubt_.contains(planned.id)) {
    return absl::UnavailableError("whether an erasure is declared, the next start can tell");
  }
  with_.log.Write(Severity::kWarning, "erasure_forgotten",
                  {{"message", "it was planned and never declared: nothing was erased"}});
  return with_.journal.Forget(planned);
}

void Eraser::ShowUnfinished() {
  const auto unfinished = with_.journal.Unfinished();
  if (unfinished.ok()) unfinished_.Set(static_cast<double>(unfinished->size()));
}

void Eraser::Note(const absl::Status& settled) {
  if (!settled.ok() && !ending_ && settled != told_) {
    with_.log.Write(Severity::kWarning, "erasure_waits",
                    {{"message", std::string(settled.message())}});
  }
  told_ = settled;
  const MutexLock lock(mutex_);
  const bool failed_before = settle_at_ != absl::InfiniteFuture() && settlings_ > 0;
  retry_ = failed_before && !settled.ok() ? std::min(2 * retry_, kLastSettling) : kFirstSettling;
  settle_at_ = settled.ok() ? absl::InfiniteFuture() : absl::Now() + retry_;
  ++settlings_;
  changed_.NotifyAll();
}

}  // namespace daybook::journal
