#pragma once

#include <memory>
#include <string>
#include <utility>

#include "core/clock.h"
#include "journal/journal.h"
#include "support/memory_checkpoint_store.h"
#include "support/memory_erasure_journal.h"
#include "support/memory_manifest_store.h"
#include "support/memory_retention_store.h"
#include "support/memory_snapshot_store.h"
#include "support/temp_folder.h"

namespace daybook::testing {

// A journal over `events`, that signs as often as it can with the key in `folder`.
// For programs that link journal.
inline std::unique_ptr<journal::Journal> OpenJournal(std::unique_ptr<storage::EventStore> events,
                                                     const TempFolder& folder, const Clock& clock,
                                                     telemetry::Metrics& metrics,
                                                     telemetry::Log& log) {
  return journal::Journal::Open(
             {.events = std::move(events),
              .checkpoints = std::make_unique<MemoryCheckpointStore>(),
              .erasures = std::make_shared<MemoryErasureJournal>(),
              .manifests = std::make_shared<MemoryManifestStore>(),
              .retention = std::make_shared<MemoryRetentionStore>(),
              .snapshots = std::make_shared<MemorySnapshotStore>(),
              .signer = signer::LogSigner::Open(signer::SignerFolder(folder.File("signer")),
                                                "test.example/log")
                            .value(),
              .rules = *event::EventRules::Compile(),
              .tokens = query::PageTokens(std::string(32, 'k'))},
             {.clock = clock, .metrics = metrics, .log = log},
             {.commit_limits = {}, .checkpoints = {.spacing = absl::Milliseconds(1)}})
      .value();
}

}  // namespace daybook::testing
