#include "journal/producers.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "journal/paging.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::ListProducersRequest;
using ::daybook::audit::v1::ListProducersResponse;
using ::daybook::audit::v1::Producer;
using ::daybook::storage::Snapshot;

constexpr char kSnapshotName[] = "producers";
constexpr size_t kListedAtOnce = 50;
constexpr uint64_t kCountedAtOnce = 4'096;
constexpr absl::Duration kCountAgainPause = absl::Seconds(1);

std::string ProducersIdentity(const auth::Principal& principal) {
  return absl::StrCat("ListProducers\n", principal.producer, "\n", principal.source);
}

absl::Status StillCountingError(uint64_t next, LogSize size) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable,
                         absl::StrCat("the producers are being counted: ", next, " of ",
                                      size.value(), " events; retry"));
}

}  // namespace

Producers::Producers(const Collaborators& with, const Options& options)
    : with_(with),
      options_(options),
      producers_(
          with.metrics.AddGauge("daybook_journal_producers", "Producers that are kept count of.")),
      forgotten_(with.metrics.AddGauge(
          "daybook_journal_producers_forgotten",
          "Producers whose count was given up because there were too many, ever.")),
      table_(options.limits) {
  Restore();  // before anything is observed
  thread_ = std::thread([this] { Run(); });
}

Producers::~Producers() {
  {
    const MutexLock lock(mutex_);
    is_ending_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void Producers::Observe(const storage::AppendReceipt& receipt,
                        std::span<const storage::NewEvent* const> events) {
  const MutexLock lock(mutex_);
  const uint64_t first = receipt.first_seq.value();
  if (first + events.size() <= next_) return;  // the thread was there before
  if (first != next_) {
    is_behind_ = true;
    return changed_.NotifyAll();
  }
  for (const storage::NewEvent* event : events) table_.Add(event->event(), receipt.created_at);
  next_ += events.size();
  ShowUsage();
  if (next_ - tried_size_ >= options_.keep_after) changed_.NotifyAll();
}

void Producers::List(const auth::Principal& principal, const ListProducersRequest& request,
                     Answer<ListProducersResponse> answer) {
  RunOn<ListProducersResponse>(
      with_.pool, [this, principal, request] { return DoList(principal, request); },
      std::move(answer));
}

absl::StatusOr<ListProducersResponse> Producers::DoList(const auth::Principal& principal,
                                                        const ListProducersRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(const size_t limit, PageSizeOf(request.page_size()));
  const absl::Time now = with_.clock.Now();
  const std::string identity = ProducersIdentity(principal);
  query::v1::PagePosition position;
  if (!request.page_token().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(position, with_.tokens.Open(request.page_token(), identity, now));
  }
  ListProducersResponse response;
  bool is_last = false;
  while (!is_last && response.producers_size() < static_cast<int>(limit)) {
    const size_t left = limit - static_cast<size_t>(response.producers_size());
    DAYBOOK_ASSIGN_OR_RETURN(
        is_last, AddSome(position.last_name(), std::min(left, kListedAtOnce), now, response));
    if (is_last) break;
    position.set_last_name(response.producers().rbegin()->name());
  }
  if (!is_last) response.set_next_page_token(with_.tokens.Make(position, identity, now));
  return response;
}

// Those behind `name`, at most so many; true where there are no more. A few at a time: the
// writer waits for the lock.
absl::StatusOr<bool> Producers::AddSome(const std::string& name, size_t limit, absl::Time now,
                                        ListProducersResponse& response) {
  const MutexLock lock(mutex_);
  // Where the log cannot be read, waiting does not help.
  if (is_behind_ && absl::IsDataLoss(trouble_)) return trouble_;
  if (is_behind_) return StillCountingError(next_, with_.store.Size());
  response.set_forgotten_producers(table_.forgotten());
  std::vector<Producer> listed = table_.List(name, limit + 1, now);
  const bool is_last = listed.size() <= limit;
  if (!is_last) listed.pop_back();
  for (Producer& producer : listed) *response.add_producers() = std::move(producer);
  return is_last;
}

void Producers::Run() {
  do {
    const absl::Status caught_up = CatchUp();
    if (!caught_up.ok() && !is_ending()) {
      {
        const MutexLock telling(keep_mutex_);
        Tell("producers_not_counted", caught_up);
      }
      const MutexLock lock(mutex_);
      trouble_ = caught_up;
      if (!is_ending_) changed_.WaitFor(mutex_, kCountAgainPause);
      continue;
    }
    Keep();
  } while (WaitForWork());
  Keep();
}

// What was kept of another log, or cannot be held against this one any more, is
// counted again.
void Producers::Restore() {
  const auto kept = with_.snapshots.LoadSnapshot(kSnapshotName);
  const Seq begin = with_.store.Begin();
  absl::Status outcome = kept.status();
  const MutexLock keeping(keep_mutex_);
  const MutexLock lock(mutex_);
  next_ = begin.value();
  if (outcome.ok() && kept->has_value()) {
    const auto counts = CountsIn(**kept);
    outcome = counts.status();
    if (counts.ok() && !table_.Restore(*counts)) {
      outcome = absl::DataLossError("what is kept of the producers cannot be");
    }
    if (outcome.ok()) next_ = (*kept)->size.value();
  }
  saved_size_ = tried_size_ = next_;
  ShowUsage();
  if (!outcome.ok()) Tell("producers_counted_anew", outcome);
}

absl::StatusOr<query::v1::ProducerCounts> Producers::CountsIn(const Snapshot& kept) {
  const uint64_t size = kept.size.value();
  if (size <= with_.store.Begin().value() || kept.size > with_.store.Size()) {
    return absl::NotFoundError(
        absl::StrCat("the log does not hold the event that ", size, " events end with"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const audit::v1::Event last, with_.store.Get(Seq(size - 1)));
  if (last.leaf_hash() != ledger::AsBytes(kept.last_leaf)) {
    return absl::NotFoundError("what is kept of the producers is of another log");
  }
  query::v1::ProducerCounts counts;
  if (!counts.ParseFromString(kept.content)) {
    return absl::DataLossError("what is kept of the producers is no message");
  }
  return counts;
}

bool Producers::WaitForWork() {
  const absl::Time keep_at = absl::Now() + options_.keep_every;
  const MutexLock lock(mutex_);
  while (!is_ending_ && !is_behind_ && next_ - tried_size_ < options_.keep_after) {
    const absl::Duration left = keep_at - absl::Now();
    if (left <= absl::ZeroDuration()) break;
    changed_.WaitFor(mutex_, left);
  }
  return !is_ending_;
}

absl::Status Producers::CatchUp() {
  while (true) {
    uint64_t next = 0;
    uint64_t dropped = 0;
    bool keeps = false;
    {
      const MutexLock lock(mutex_);
      const uint64_t begin = std::max(next_, with_.store.Begin().value());
      dropped = begin - next_;
      next_ = begin;
      // Under the lock: what is recorded from here on is observed.
      is_behind_ = next_ < with_.store.Size().value();
      if (!is_behind_ || is_ending_) return absl::OkStatus();
      next = next_;
      keeps = next_ - tried_size_ >= options_.keep_after;
    }
    if (dropped > 0) {
      const MutexLock telling(keep_mutex_);
      Tell("producers_not_counted", absl::NotFoundError(absl::StrCat(
                                        dropped, " events were dropped before they were counted")));
    }
    if (keeps) Keep();  // a crash does not lose all of a long count
    DAYBOOK_RETURN_IF_ERROR(CountSome(Seq(next)));
  }
}

absl::Status Producers::CountSome(Seq first) {
  const uint64_t end = std::min(with_.store.Size().value(), first.value() + kCountedAtOnce);
  const auto events = with_.store.ReadProducers(first, Seq(end - 1));
  if (!events.ok() && first < with_.store.Begin()) return absl::OkStatus();  // dropped meanwhile
  if (!events.ok()) return events.status();
  const MutexLock lock(mutex_);
  for (const audit::v1::Event& event : *events) {
    if (event.seq() < next_) continue;  // observed meanwhile
    table_.Add(event, MicrosOf(event.created_at()));
    next_ = event.seq() + 1;
  }
  ShowUsage();
  return absl::OkStatus();
}

void Producers::Keep() {
  const MutexLock keeping(keep_mutex_);
  uint64_t size = 0;
  query::v1::ProducerCounts counts;
  {
    const MutexLock lock(mutex_);
    tried_size_ = next_;
    if (next_ == saved_size_ || next_ <= with_.store.Begin().value()) return;
    size = next_;
    counts = table_.ToProto();
  }
  if (const absl::Status kept = KeepAt(size, counts); !kept.ok()) {
    return Tell("producers_not_kept", kept);
  }
  saved_size_ = size;
}

void Producers::ShowUsage() {
  producers_.Set(static_cast<double>(table_.size()));
  forgotten_.Set(static_cast<double>(table_.forgotten()));
}

void Producers::Tell(const char* event, const absl::Status& why) {
  if (why == told_) return;
  told_ = why;
  with_.log.Write(telemetry::Severity::kWarning, event, {{"message", std::string(why.message())}});
}

absl::Status Producers::KeepAt(uint64_t size, const query::v1::ProducerCounts& counts) {
  DAYBOOK_ASSIGN_OR_RETURN(const audit::v1::Event last, with_.store.Get(Seq(size - 1)));
  Snapshot snapshot{.size = LogSize(size), .content = counts.SerializeAsString()};
  if (last.leaf_hash().size() != snapshot.last_leaf.size()) {
    return absl::InternalError("an event without its leaf");
  }
  std::copy(last.leaf_hash().begin(), last.leaf_hash().end(), snapshot.last_leaf.begin());
  return with_.snapshots.SaveSnapshot(kSnapshotName, snapshot);
}

}  // namespace daybook::journal
