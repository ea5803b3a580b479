#include "journal/journal.h"

#include <algorithm>
#include <utility>

#include "core/status_macros.h"

namespace daybook::journal {
namespace {

std::unique_ptr<Detector> DetectorOf(const Detector::Collaborators& with,
                                     const Journal::Options& options) {
  if (!options.detections) return nullptr;
  return std::make_unique<Detector>(with, *options.detections, options.detector);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(Parts parts, const Surroundings& around,
                                                       const Options& options) {
  std::vector<ledger::VerifierKey> keys = parts.signer.known();
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<Checkpointer> checkpointer,
                           Checkpointer::Start(std::move(parts.signer),
                                               {.events = *parts.events,
                                                .checkpoints = *parts.checkpoints,
                                                .clock = around.clock,
                                                .metrics = around.metrics,
                                                .log = around.log},
                                               options.checkpoints));
  std::unique_ptr<Journal> journal(
      new Journal(std::move(parts), std::move(keys), std::move(checkpointer), around, options));
  DAYBOOK_RETURN_IF_ERROR(journal->cosignatures_.ComeUpToDate());
  return journal;
}

Journal::Journal(Parts parts, std::vector<ledger::VerifierKey> keys,
                 std::unique_ptr<Checkpointer> checkpointer, const Surroundings& around,
                 const Options& options)
    : parts_(std::move(parts)),
      recorder_(parts_.rules, commits_, prover_, batches_, !parts_.witnesses.empty(), around.clock),
      reader_(*parts_.events, parts_.tokens, around.clock, pool_),
      aggregator_(*parts_.events, parts_.tokens, around.clock, pool_),
      detections_(*parts_.events, parts_.tokens, around.clock, pool_),
      prover_(*parts_.events, *parts_.checkpoints, *checkpointer, pool_),
      cosignatures_(parts_.witnesses, *parts_.checkpoints, *checkpointer, pool_, around.metrics),
      newest_(*parts_.events, {}),
      producers_({.store = *parts_.events,
                  .snapshots = *parts_.snapshots,
                  .tokens = parts_.tokens,
                  .clock = around.clock,
                  .pool = pool_,
                  .metrics = around.metrics,
                  .log = around.log},
                 {}),
      pool_(options.reader_threads, options.max_waiting_reads),
      checkpointer_(std::move(checkpointer)),
      commits_(*parts_.events, around.metrics, options.commit_limits,
               [this](const auto& receipt, auto events) { producers_.Observe(receipt, events); }),
      batches_(options.batch_threads, options.max_waiting_batches, /*paused_per_turn=*/0),
      eraser_({.store = *parts_.events,
               .journal = *parts_.erasures,
               .commits = commits_,
               .rules = parts_.rules,
               .clock = around.clock,
               .metrics = around.metrics,
               .log = around.log,
               .forget = [this] { newest_.Forget(); }}),
      summarizer_({.store = *parts_.events,
                   .manifests = *parts_.manifests,
                   .commits = commits_,
                   .rules = parts_.rules,
                   .clock = around.clock,
                   .metrics = around.metrics,
                   .log = around.log},
                  options.summaries),
      pruner_({.store = *parts_.events,
               .checkpoints = *parts_.checkpoints,
               .manifests = *parts_.manifests,
               .retention = *parts_.retention,
               .checkpointer = *checkpointer_,
               .commits = commits_,
               .rules = parts_.rules,
               .clock = around.clock,
               .log = around.log,
               .before_drop = [this] { producers_.Keep(); }},
              {.span_events = options.summaries.span_events,
               .min_retention = options.min_retention,
               .keys = std::move(keys)}),
      follower_({.store = *parts_.events,
                 .newest = newest_,
                 .head = commits_.head(),
                 .pool = pool_,
                 .clock = around.clock,
                 .metrics = around.metrics},
                // Half of the readers, so that nobody else waits for those who follow.
                {.patience = options.tail_patience,
                 .max_runs = std::max<size_t>(1, options.reader_threads / 2)}),
      detector_(DetectorOf({.store = *parts_.events,
                            .commits = commits_,
                            .rules = parts_.rules,
                            .clock = around.clock,
                            .metrics = around.metrics,
                            .log = around.log},
                           options)) {}

}  // namespace daybook::journal
