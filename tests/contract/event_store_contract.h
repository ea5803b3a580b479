#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "event/event_rules.h"
#include "storage/event_store.h"
#include "support/manual_clock.h"

namespace daybook::contract {

// How to get an empty store of one engine.
struct Engine {
  std::string name;
  std::function<std::unique_ptr<storage::EventStore>(const Clock& clock)> open;

  // Keeps test names readable: gtest prints an unknown struct byte by byte.
  friend void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }
};

// What every EventStore promises. An engine's test file instantiates it:
//   INSTANTIATE_TEST_SUITE_P(Sqlite, EventStoreContract, Values(SqliteEngine()));
class EventStoreContract : public ::testing::TestWithParam<Engine> {
 protected:
  // An event as a client sends it, checked.
  storage::NewEvent Make(const audit::v1::Event& event, const std::string& request_id = "") const;
  storage::NewEvent Make(const std::string& action, const std::string& request_id = "") const;

  absl::StatusOr<storage::AppendReceipt> Append(const std::vector<storage::NewEvent>& events);

  // Appends `count` events, one by one.
  void Fill(int count);

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  std::unique_ptr<storage::EventStore> store_ = GetParam().open(clock_);
};

}  // namespace daybook::contract
