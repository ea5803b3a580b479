#pragma once

#include "contract/event_store_contract.h"

namespace daybook::contract {

// What every EventStore promises of the order of many events: of each engine as it is, since
// thousands of the smallest parts take too long.
class EventOrderContract : public EventStoreContract {};

}  // namespace daybook::contract
