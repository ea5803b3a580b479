#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "daybook/admin/v1/admin_service.pb.h"
#include "event/event_rules.h"
#include "journal/answer.h"
#include "journal/checkpointer.h"
#include "journal/group_commit.h"
#include "journal/operator_words.h"
#include "journal/work_pool.h"
#include "ledger/note_key.h"
#include "ledger/proof.h"
#include "storage/checkpoint_store.h"
#include "storage/event_store.h"
#include "storage/manifest_store.h"
#include "storage/retention_store.h"
#include "telemetry/log.h"

namespace daybook::journal {

// Drops the oldest spans of the log, one request after the other on a thread of its
// own: declares it, waits until that is signed, keeps what must remain, has the store
// remove the rest.
//
// Thread-safe.
class Pruner {
 public:
  struct Options {
    uint64_t span_events = 1 << 18;  // a power of two
    // Nothing younger is dropped, whoever asks.
    absl::Duration min_retention = absl::ZeroDuration();
    std::vector<ledger::VerifierKey> keys = {};  // of the log, and those it has had
  };
  // All must outlive it.
  struct Collaborators {
    storage::EventStore& store;
    storage::CheckpointStore& checkpoints;
    storage::ManifestStore& manifests;
    storage::RetentionStore& retention;
    Checkpointer& checkpointer;
    GroupCommit& commits;
    const event::EventRules& rules;
    const Clock& clock;
    telemetry::Log& log;
    std::function<void()> before_drop = [] {};  // the last moment when all can still be read
  };

  Pruner(Collaborators collaborators, Options options)
      : with_(std::move(collaborators)), options_(std::move(options)) {}

  // Errors as the contract says; RESOURCE_EXHAUSTED / QUEUE_FULL where too much waits.
  void Prune(const admin::v1::PruneEventsRequest& request,
             Answer<admin::v1::PruneEventsResponse> answer);

 private:
  using Response = admin::v1::PruneEventsResponse;

  // What is asked for, once it obeys the rules.
  struct Wish {
    absl::Time before;
    ledger::TreeHead outside;  // what is held elsewhere
    OperatorWords words;
    Seq most{0};  // the log begins no later
    bool validate_only = false;
  };

  absl::StatusOr<Wish> Check(const admin::v1::PruneEventsRequest& request);
  absl::Status CheckOutside(const ledger::TreeHead& outside);
  absl::StatusOr<Response> DoPrune(const admin::v1::PruneEventsRequest& request);
  // Where the log would begin.
  absl::StatusOr<Seq> FindCut(const Wish& wish);
  absl::Status CheckLock(Seq cut);
  absl::Status CheckSummedUp(Seq cut);
  absl::StatusOr<Seq> Declare(Seq begin, Seq cut, const OperatorWords& words);
  absl::StatusOr<storage::Remains> Gather(Seq begin, Seq cut);
  absl::StatusOr<std::vector<storage::Remains::Leaf>> WordsOfService(Seq begin, Seq cut);
  absl::StatusOr<ledger::Tile> ReadTile(uint32_t level, uint64_t number);
  absl::StatusOr<Micros> RecordTimeOf(Seq seq);

  const Collaborators with_;
  const Options options_;

  WorkPool pool_{/*turns=*/1, /*max_waiting=*/16};  // goes first: it uses the others
};

}  // namespace daybook::journal
