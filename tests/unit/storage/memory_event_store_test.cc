#include "support/memory_event_store.h"

#include "contract/event_store_contract.h"

namespace daybook::contract {

INSTANTIATE_TEST_SUITE_P(Memory, EventStoreContract,
                         ::testing::Values(Engine{
                             .name = "memory", .open = [](const Clock& clock) {
                               return std::make_unique<testing::MemoryEventStore>(clock);
                             }}));

}  // namespace daybook::contract
