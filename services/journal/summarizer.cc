#include "journal/summarizer.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "journal/service_event.h"
#include "ledger/tree.h"
#include "storage/manifest.h"

namespace daybook::journal {
namespace {

std::string RequestIdOf(uint64_t span) { return absl::StrCat("span:", span); }

}  // namespace

Summarizer::Summarizer(const Collaborators& collaborators, const Options& options)
    : with_(collaborators),
      options_(options),
      waiting_(with_.metrics.AddGauge("daybook_journal_spans_unsummed",
                                      "Complete spans of the log that no segment.sealed sums up.")),
      thread_([this] { Run(); }) {}

Summarizer::~Summarizer() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  has_ended_.NotifyAll();
  thread_.join();
}

void Summarizer::Run() {
  while (!ending_) {
    Tell(SumUpWhatIsComplete());
    const MutexLock lock(mutex_);
    if (!ending_) has_ended_.WaitFor(mutex_, options_.pause);
  }
}

absl::Status Summarizer::SumUpWhatIsComplete() {
  DAYBOOK_ASSIGN_OR_RETURN(uint64_t span, with_.manifests.CountManifests());
  // An event of a summary may itself complete a span.
  while (true) {
    const uint64_t complete = with_.store.Size().value() / options_.span_events;
    waiting_.Set(static_cast<double>(complete - std::min(span, complete)));
    if (ending_ || span >= complete) return absl::OkStatus();
    DAYBOOK_RETURN_IF_ERROR(SumUp(span++));
  }
}

absl::Status Summarizer::SumUp(uint64_t span) {
  const Seq first(span * options_.span_events);
  const Seq last(first.value() + options_.span_events - 1);
  DAYBOOK_ASSIGN_OR_RETURN(const storage::SpanSummary summary, with_.store.Summarize(first, last));
  // It may have been recorded before a crash, or before the log began anew under
  // another name.
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<Seq> seq,
                           FindServiceEvent(with_.store, storage::kSealedAction, RequestIdOf(span),
                                            Seq(last.value() + 1)));
  if (!seq) {
    DAYBOOK_ASSIGN_OR_RETURN(seq, Record(span, summary));
  }
  return with_.manifests.AddManifest(
      {.span = span, .seq = *seq, .counts = storage::CountsText(summary.counts)});
}

absl::StatusOr<Seq> Summarizer::Record(uint64_t span, const storage::SpanSummary& summary) {
  const ledger::Node node{.height = static_cast<uint32_t>(std::countr_zero(options_.span_events)),
                          .index = span};
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ledger::Hash> root, with_.store.ReadNodes({&node, 1}));
  return RecordServiceEvent(
      {.action = storage::kSealedAction,
       .public_details = storage::ManifestOf(span, options_.span_events, root.front(), summary),
       .request_id = RequestIdOf(span)},
      with_.rules, with_.clock.Now(), with_.commits);
}

// Of the same trouble once.
void Summarizer::Tell(const absl::Status& outcome) {
  if (!outcome.ok() && outcome != told_) {
    with_.log.Write(telemetry::Severity::kWarning, "span_not_summed_up",
                    {{"reason", ReasonIn(outcome)}, {"message", std::string(outcome.message())}});
  }
  told_ = outcome;
}

}  // namespace daybook::journal
