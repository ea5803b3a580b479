#include "support/memory_checkpoint_store.h"

#include "contract/checkpoint_store_contract.h"

namespace daybook::contract {

INSTANTIATE_TEST_SUITE_P(Memory, CheckpointStoreContract,
                         ::testing::Values(CheckpointEngine{
                             .name = "memory", .open = [] {
                               return std::make_unique<testing::MemoryCheckpointStore>();
                             }}));

}  // namespace daybook::contract
