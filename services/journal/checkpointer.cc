#include "journal/checkpointer.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "core/timestamp.h"
#include "ledger/checkpoint.h"
#include "ledger/tile_edge.h"
#include "ledger/tree.h"

namespace daybook::journal {
namespace {

using ::daybook::ledger::CompactRange;
using ::daybook::ledger::Hash;
using ::daybook::ledger::Node;
using ::daybook::ledger::TreeHead;
using ::daybook::storage::StoredCheckpoint;
using ::daybook::storage::TreeGrowth;
using SteadyClock = std::chrono::steady_clock;

// What an operator does about a log that is not what was signed.
constexpr char kWhatToDo[] =
    "; if the store was put back on purpose, daybookd --accept-rollback goes on under a new name";

absl::Status SigningRefusedError(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused,
                         absl::StrCat(why, kWhatToDo));
}

std::vector<Node> NodesOf(uint32_t height, uint64_t begin, uint64_t end) {
  std::vector<Node> nodes;
  nodes.reserve(end - begin);
  for (uint64_t index = begin; index < end; ++index) {
    nodes.push_back({.height = height, .index = index});
  }
  return nodes;
}

}  // namespace

Checkpointer::Checkpointer(signer::LogSigner signer, const Collaborators& with, Options options)
    : with_(with),
      options_(std::move(options)),
      signed_size_(with.metrics.AddGauge("daybook_ledger_checkpoint_size",
                                         "Events that the newest checkpoint covers.")),
      signed_at_(with.metrics.AddGauge("daybook_ledger_checkpoint_timestamp_seconds",
                                       "When the newest checkpoint was signed.")),
      failures_(with.metrics.AddCounter("daybook_ledger_checkpoint_failures_total",
                                        "Checkpoints that could not be signed or kept.")),
      signer_(std::move(signer)),
      signed_("it is recorded, and no checkpoint covers it yet; ask again", options_.spacing),
      witnessed_(
          "it is recorded, and no witness has cosigned a checkpoint that covers it yet; ask "
          "again",
          options_.spacing) {}

absl::StatusOr<std::unique_ptr<Checkpointer>> Checkpointer::Start(signer::LogSigner signer,
                                                                  const Collaborators& with,
                                                                  Options options) {
  std::unique_ptr<Checkpointer> checkpointer(
      new Checkpointer(std::move(signer), with, std::move(options)));
  DAYBOOK_RETURN_IF_ERROR(checkpointer->ComeUpToDate());
  checkpointer->thread_ = std::thread([raw = checkpointer.get()] { raw->Run(); });
  return checkpointer;
}

absl::Status Checkpointer::Check(signer::LogSigner signer, const Collaborators& with) {
  return Checkpointer(std::move(signer), with, {}).ComeUpToDate();
}

absl::Status Checkpointer::KeepLast(signer::LogSigner signer, const Collaborators& with) {
  Checkpointer checkpointer(std::move(signer), with, {});
  DAYBOOK_RETURN_IF_ERROR(checkpointer.ComeUpToDate());
  const signer::LogSigner& last = checkpointer.signer_;
  if (!last.last() || last.last()->size <= checkpointer.published_size()) return absl::OkStatus();
  return checkpointer.Keep({.size = last.last()->size,
                            .signed_at = FloorToMicros(with.clock.Now()),
                            .note = last.last_note()});
}

Checkpointer::~Checkpointer() {
  if (!thread_.joinable()) return;  // it was never started
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

// The tree goes on behind the largest head that was signed: the signer's state
// knows it, unless that was put back from a copy.
absl::Status Checkpointer::ComeUpToDate() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<StoredCheckpoint> kept, with_.checkpoints.Newest());
  if (kept && !signer_.last()) {
    return SigningRefusedError(
        absl::StrCat("the log was signed up to ", kept->size.value(),
                     " events, and what was signed last is not in the signer's folder: the store "
                     "is a copy, or signer.state was lost"));
  }
  if (signer_.last()) DAYBOOK_RETURN_IF_ERROR(CheckAgainst(*signer_.last()));
  if (!kept) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const TreeHead head, HeadOf(*kept));
  DAYBOOK_RETURN_IF_ERROR(CheckAgainst(head));
  Publish(head, *kept);
  return absl::OkStatus();
}

absl::StatusOr<TreeHead> Checkpointer::HeadOf(const StoredCheckpoint& kept) const {
  const absl::StatusOr<ledger::Checkpoint> checkpoint =
      ledger::OpenCheckpoint(kept.note, signer_.known());
  if (checkpoint.ok() && checkpoint->head.size == kept.size) return checkpoint->head;
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         absl::StrCat("ledger.db: the checkpoint of ", kept.size.value(),
                                      " events is not what this log's key signed"));
}

absl::StatusOr<CompactRange> Checkpointer::TreeOf(LogSize size) const {
  CompactRange tree = size < tree_.size() ? CompactRange() : tree_;
  const std::vector<Node> nodes = ledger::Cover(tree.size().value(), size.value());
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> hashes, with_.events.ReadNodes(nodes));
  for (size_t i = 0; i < nodes.size(); ++i) tree.AddSubtree(nodes[i].height, hashes[i]);
  return tree;
}

absl::Status Checkpointer::CheckAgainst(const TreeHead& signed_head) {
  const LogSize size = with_.events.Size();
  if (size < signed_head.size) {
    return SigningRefusedError(absl::StrCat(
        "the log holds ", size.value(), " events, and a checkpoint of ", signed_head.size.value(),
        " was signed: the store was put back from a backup, or events were removed"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(CompactRange tree, TreeOf(signed_head.size));
  if (tree.Root() != signed_head.root) {
    return SigningRefusedError(
        absl::StrCat("the first ", signed_head.size.value(),
                     " events are not those that a checkpoint was signed over: the store was "
                     "changed, or another one was put in its place"));
  }
  if (tree.size() > tree_.size()) tree_ = std::move(tree);
  return absl::OkStatus();
}

void Checkpointer::WhenCovered(LogSize size, Answer<Published> answer) {
  if (signed_.WhenCovered(size, std::move(answer))) return;
  const MutexLock lock(mutex_);
  changed_.NotifyAll();
}

// Nobody is woken: the checkpoint that has to be signed first comes in time, and its
// cosignature from elsewhere.
void Checkpointer::WhenWitnessed(LogSize size, Answer<Published> answer) {
  witnessed_.WhenCovered(size, std::move(answer));
}

void Checkpointer::PublishWitnessed(Published checkpoint) {
  witnessed_.Publish(std::move(checkpoint));
  witnessed_.AnswerCovered();
}

void Checkpointer::Run() {
  // Whoever fetches what is announced may have missed it.
  if (const Published last = newest()) Announce(last->note);
  bool goes_on = true;
  while (goes_on) {
    goes_on = WaitForWork();
    SignWhatIsNew();
    AnswerWaiters(/*all=*/!goes_on);
  }
}

// Until the next checkpoint may be made; on a log that was idle at once, where
// somebody waits for it. False where it ends.
bool Checkpointer::WaitForWork() {
  const SteadyTime begin = SteadyClock::now();
  const auto spacing = absl::ToChronoNanoseconds(options_.spacing);
  const MutexLock lock(mutex_);
  while (!ending_) {
    const SteadyTime due = (signed_.has_waiters() ? last_attempt_ : begin) + spacing;
    const SteadyTime now = SteadyClock::now();
    if (now >= due) return true;
    changed_.WaitFor(mutex_, absl::FromChrono(due - now));
  }
  return false;
}

void Checkpointer::SignWhatIsNew() {
  const LogSize size = with_.events.Size();
  if (size == published_size()) return;
  const absl::Status outcome = Sign(size);
  if (!outcome.ok()) failures_.Add();
  Tell(outcome);
  const MutexLock lock(mutex_);
  last_attempt_ = SteadyClock::now();
}

absl::Status Checkpointer::Sign(LogSize size) {
  DAYBOOK_ASSIGN_OR_RETURN(CompactRange tree, TreeOf(size));
  const TreeHead head{.size = size, .root = tree.Root()};
  const absl::Time now = with_.clock.Now();
  DAYBOOK_ASSIGN_OR_RETURN(std::string note, signer_.Sign(head, now));
  tree_ = std::move(tree);
  const StoredCheckpoint checkpoint{
      .size = size, .signed_at = FloorToMicros(now), .note = std::move(note)};
  DAYBOOK_RETURN_IF_ERROR(Keep(checkpoint));
  Publish(head, checkpoint);
  Announce(checkpoint.note);
  return absl::OkStatus();
}

void Checkpointer::Announce(const std::string& note) {
  if (!options_.announce) return;
  const absl::Status outcome = options_.announce(note);
  if (!outcome.ok() && outcome != announced_) {
    with_.log.Write(telemetry::Severity::kWarning, "checkpoint_not_announced",
                    {{"message", std::string(outcome.message())}});
  }
  announced_ = outcome;
}

absl::Status Checkpointer::Keep(const StoredCheckpoint& checkpoint) {
  DAYBOOK_ASSIGN_OR_RETURN(const TreeGrowth growth, GrowthUpTo(checkpoint.size));
  absl::Status kept = with_.checkpoints.Add(checkpoint, growth);
  if (absl::IsAlreadyExists(kept)) {
    // It may be there since an attempt whose outcome nobody could tell.
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<StoredCheckpoint> there,
                             with_.checkpoints.OfSize(checkpoint.size));
    if (there && there->note == checkpoint.note) kept = absl::OkStatus();
  }
  return kept;
}

absl::StatusOr<TreeGrowth> Checkpointer::GrowthUpTo(LogSize size) const {
  // Each checkpoint is kept with all subtrees that it covers; those of dropped events stay
  // where the log begins anew.
  const uint64_t kept = std::max(published_size().value(), with_.events.Begin().value());
  TreeGrowth growth{.first_subtree = kept >> storage::kSubtreeHeight};
  DAYBOOK_ASSIGN_OR_RETURN(
      growth.subtrees, with_.events.ReadNodes(NodesOf(storage::kSubtreeHeight, growth.first_subtree,
                                                      size.value() >> storage::kSubtreeHeight)));
  DAYBOOK_ASSIGN_OR_RETURN(
      growth.edge, with_.events.ReadNodes(NodesOf(
                       0, size.value() - ledger::HashesBehindTiles(0, size), size.value())));
  return growth;
}

void Checkpointer::Publish(const TreeHead& head, const StoredCheckpoint& kept) {
  signed_size_.Set(static_cast<double>(head.size.value()));
  signed_at_.Set(absl::ToDoubleSeconds(absl::Microseconds(kept.signed_at)));
  signed_.Publish(std::make_shared<const PublishedCheckpoint>(
      PublishedCheckpoint{.head = head, .note = kept.note}));
}

LogSize Checkpointer::published_size() const {
  const Published last = newest();
  return last ? last->head.size : LogSize(0);
}

// Of the same trouble once.
void Checkpointer::Tell(const absl::Status& outcome) {
  if (outcome == told_) return;
  if (outcome.ok()) {
    with_.log.Write(telemetry::Severity::kInfo, "checkpoint_signed_again", {});
  } else {
    with_.log.Write(telemetry::Severity::kError, "checkpoint_not_signed",
                    {{"reason", ReasonIn(outcome)}, {"message", std::string(outcome.message())}});
  }
  told_ = outcome;
}

void Checkpointer::AnswerWaiters(bool all) {
  const SteadyTime too_long_ago = SteadyClock::now() - absl::ToChronoNanoseconds(options_.patience);
  const SteadyTime since = all ? SteadyTime::max() : too_long_ago;
  signed_.AnswerOr(since);
  witnessed_.AnswerOr(since);
  if (!signed_.has_waiters()) return;
  const MutexLock lock(mutex_);
  last_attempt_ = SteadyClock::now();
}

}  // namespace daybook::journal
