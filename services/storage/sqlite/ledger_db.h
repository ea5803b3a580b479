#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/mutex.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/store_layout.h"
#include "storage/checkpoint_store.h"
#include "storage/erasure_journal.h"
#include "storage/manifest_store.h"
#include "storage/retention_store.h"
#include "storage/snapshot_store.h"

namespace daybook::storage::sqlite {

// A key that the log has signed with, as its events say.
struct LogKey {
  std::string verifier = {};  // as ledger::VerifierKey has it
  // The events ledger.key_added and ledger.key_retired. No event adds the first key.
  std::optional<Seq> added = {};
  std::optional<Seq> retired = {};

  friend bool operator==(const LogKey&, const LogKey&) = default;
};

// ledger.db, while the service runs: what the log has signed, what is erased of it,
// what it has summed up, where it begins, and what is counted of it. The caller holds the store's
// service lock.
//
// Thread-safe.
class LedgerDb final : public CheckpointStore,
                       public ErasureJournal,
                       public ManifestStore,
                       public RetentionStore,
                       public SnapshotStore {
 public:
  // The store is there, at a version that has the tables.
  static absl::StatusOr<std::unique_ptr<LedgerDb>> Open(const db::sqlite::StoreLayout& layout);

  // Of a store that is only read: another process may serve it.
  static absl::StatusOr<std::unique_ptr<LedgerDb>> OpenReadOnly(
      const db::sqlite::StoreLayout& layout);

  // The largest checkpoint of a store, which is only read: another process may serve
  // it. As Newest().
  static absl::StatusOr<std::optional<StoredCheckpoint>> ReadNewest(
      const db::sqlite::StoreLayout& layout);

  absl::Status Add(const StoredCheckpoint& checkpoint, const TreeGrowth& growth) override;
  absl::StatusOr<std::optional<StoredCheckpoint>> Newest() override;
  absl::StatusOr<std::optional<StoredCheckpoint>> OfSize(LogSize size) override;
  absl::Status AddCosignatures(LogSize size,
                               std::span<const StoredCosignature> cosignatures) override;
  absl::StatusOr<std::vector<StoredCosignature>> CosignaturesOf(LogSize size) override;
  absl::StatusOr<std::optional<LogSize>> NewestCosignedBy(const std::string& witness) override;
  absl::StatusOr<std::vector<LogSize>> Sizes() override;
  absl::StatusOr<std::vector<ledger::Hash>> Subtrees() override;

  // Forgets what was signed, but for what stands for dropped events, and goes on under
  // another name: one name never signs two histories. All or nothing.
  absl::Status StartAnew(const std::string& origin, uint64_t span_events);

  // The keys that the log has signed with, oldest first; none before it first does.
  absl::StatusOr<std::vector<LogKey>> Keys();
  // Puts a key there, or anew where it is. On OK it is on disk.
  absl::Status PutKey(const LogKey& key);
  // Puts the log's first key there, and none beside it: nothing was signed yet.
  absl::Status PutFirstKey(const std::string& verifier);

  absl::StatusOr<PlannedErasure> Plan(const std::string& name, const Erasure& erasure,
                                      LogSize planned_at) override;
  absl::Status Forget(const PlannedErasure& planned) override;
  absl::Status Complete(const PlannedErasure& planned, Micros completed_at) override;
  absl::StatusOr<std::vector<PlannedErasure>> Unfinished() override;

  absl::Status AddManifest(const StoredManifest& manifest) override;
  absl::StatusOr<uint64_t> CountManifests() override;
  absl::StatusOr<std::optional<StoredManifest>> GetManifest(uint64_t span) override;

  absl::StatusOr<Seq> Begin() override;
  absl::Status MoveBegin(Seq begin, const Remains& remains) override;
  absl::StatusOr<std::optional<std::vector<ledger::Hash>>> KeptTile(uint32_t level,
                                                                    uint64_t number) override;
  absl::StatusOr<std::optional<std::string>> KeptLeaf(Seq seq) override;

  absl::Status SaveSnapshot(const std::string& name, const Snapshot& snapshot) override;
  absl::StatusOr<std::optional<Snapshot>> LoadSnapshot(const std::string& name) override;

 private:
  explicit LedgerDb(db::sqlite::Connection connection) : connection_(std::move(connection)) {}

  absl::StatusOr<std::optional<StoredCheckpoint>> Find(const std::string& sql,
                                                       std::optional<LogSize> size);

  Mutex mutex_;
  db::sqlite::Connection connection_ ABSL_GUARDED_BY(mutex_);
  Micros thinned_at_ ABSL_GUARDED_BY(mutex_) = kMinMicros;  // when old checkpoints were dropped
};

}  // namespace daybook::storage::sqlite
