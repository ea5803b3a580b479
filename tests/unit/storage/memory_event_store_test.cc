#include "support/memory_event_store.h"

#include "contract/erasure_journal_contract.h"
#include "contract/event_erasure_contract.h"
#include "contract/event_order_contract.h"
#include "contract/event_store_contract.h"
#include "contract/manifest_store_contract.h"
#include "contract/retention_store_contract.h"
#include "contract/snapshot_store_contract.h"
#include "support/memory_erasure_journal.h"
#include "support/memory_manifest_store.h"
#include "support/memory_retention_store.h"
#include "support/memory_snapshot_store.h"

namespace daybook::contract {

namespace {

Engine InMemory() {
  return {.name = "memory", .open = [](const Clock& clock) {
            return std::make_unique<testing::MemoryEventStore>(clock);
          }};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, EventStoreContract, ::testing::Values(InMemory()));
INSTANTIATE_TEST_SUITE_P(Memory, EventOrderContract, ::testing::Values(InMemory()));
INSTANTIATE_TEST_SUITE_P(Memory, EventErasureContract, ::testing::Values(InMemory()));
INSTANTIATE_TEST_SUITE_P(Memory, ErasureJournalContract,
                         ::testing::Values(ErasureEngine{
                             .name = "memory", .open = [] {
                               return std::make_unique<testing::MemoryErasureJournal>();
                             }}));
INSTANTIATE_TEST_SUITE_P(Memory, ManifestStoreContract,
                         ::testing::Values(ManifestEngine{
                             .name = "memory", .open = [] {
                               return std::make_unique<testing::MemoryManifestStore>();
                             }}));
INSTANTIATE_TEST_SUITE_P(Memory, RetentionStoreContract,
                         ::testing::Values(RetentionEngine{
                             .name = "memory", .open = [] {
                               return std::make_unique<testing::MemoryRetentionStore>();
                             }}));
INSTANTIATE_TEST_SUITE_P(Memory, SnapshotStoreContract,
                         ::testing::Values(SnapshotEngine{
                             .name = "memory", .open = [] {
                               return std::make_unique<testing::MemorySnapshotStore>();
                             }}));

}  // namespace daybook::contract
