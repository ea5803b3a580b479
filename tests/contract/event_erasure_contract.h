#pragma once

#include <string>
#include <vector>

#include "contract/event_store_contract.h"

namespace daybook::contract {

// What erasing promises of every EventStore, over events of three people in turns.
class EventErasureContract : public EventStoreContract {
 protected:
  EventErasureContract();

  storage::NewEvent Numbered(uint64_t number) const;

  std::vector<uint64_t> Find(const std::string& filter);

  // Each event has the leaf that it had.
  void ExpectLeavesAsBefore();

  std::vector<audit::v1::Event> before_;
  // Of person 1.
  std::vector<storage::SeqRange> person_;
};

}  // namespace daybook::contract
