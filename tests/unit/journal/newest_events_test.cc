#include "journal/newest_events.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/status_matchers.h"

namespace daybook::journal {
namespace {

using ::daybook::storage::NewEvent;
using ::daybook::testing::FromTester;
using ::daybook::testing::IsOk;

class NewestEventsTest : public ::testing::Test {
 protected:
  void Record(int count, size_t details_bytes = 0) {
    for (int i = 0; i < count; ++i) {
      audit::v1::Event event = testing::EventOf("login");
      event.set_actor("user:1");
      if (details_bytes > 0)
        event.set_details("{\"a\":\"" + std::string(details_bytes, 'x') + "\"}");
      const NewEvent fresh = testing::MakeNewEvent(rules_, event, FromTester(), clock_.Now());
      const NewEvent* const pointer = &fresh;
      ASSERT_THAT(store_.Append(std::span(&pointer, 1)), IsOk());
    }
  }

  // The seqs from `first` on, and that they follow each other.
  static void ExpectRun(const absl::StatusOr<std::optional<std::vector<NewestEvents::Kept>>>& kept,
                        uint64_t first, size_t count) {
    ASSERT_THAT(kept, IsOk());
    ASSERT_TRUE(kept->has_value());
    ASSERT_EQ((*kept)->size(), count);
    for (size_t i = 0; i < count; ++i) EXPECT_EQ((**kept)[i].event->seq(), first + i);
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::MemoryEventStore store_{clock_};
};

TEST_F(NewestEventsTest, ReadsWhatIsNew) {
  Record(5);
  NewestEvents newest(store_, {});
  ExpectRun(newest.From(Seq(5), 10), 5, 0);

  Record(3);

  ExpectRun(newest.From(Seq(5), 10), 5, 3);
  ExpectRun(newest.From(Seq(6), 1), 6, 1);
  ExpectRun(newest.From(Seq(8), 10), 8, 0);
}

TEST_F(NewestEventsTest, HasNothingOfWhatWasBefore) {
  Record(5);
  NewestEvents newest(store_, {});

  const auto kept = newest.From(Seq(4), 10);

  ASSERT_THAT(kept, IsOk());
  EXPECT_FALSE(kept->has_value());
}

TEST_F(NewestEventsTest, ReadsUpToWhoIsAhead) {
  NewestEvents newest(store_, {});
  Record(600);

  ExpectRun(newest.From(Seq(590), 100), 590, 10);
  ExpectRun(newest.From(Seq(0), 1), 0, 1);
}

TEST_F(NewestEventsTest, MovesToWhoIsFarAhead) {
  NewestEvents newest(store_, {.max_events = 10});
  Record(600);

  ExpectRun(newest.From(Seq(590), 100), 590, 10);

  EXPECT_FALSE(newest.From(Seq(0), 1)->has_value());
}

TEST_F(NewestEventsTest, KeepsNoMoreThanItMay) {
  constexpr size_t kMaxBytes = 100'000;
  NewestEvents newest(store_, {.max_events = 1'000, .max_bytes = kMaxBytes});

  for (uint64_t seq = 0; seq < 300; seq += 3) {
    Record(3, 5'000);
    ExpectRun(newest.From(Seq(seq), 100), seq, 3);
    EXPECT_LE(newest.bytes(), kMaxBytes);
  }

  EXPECT_FALSE(newest.From(Seq(0), 1)->has_value());
}

TEST_F(NewestEventsTest, ForgetsWhatTheStoreHasChanged) {
  NewestEvents newest(store_, {});
  Record(2);
  ExpectRun(newest.From(Seq(0), 10), 0, 2);

  newest.Forget();

  EXPECT_EQ(newest.bytes(), 0U);
  EXPECT_FALSE(newest.From(Seq(0), 10)->has_value()) << "it is read from the store again";
  Record(1);
  ExpectRun(newest.From(Seq(2), 10), 2, 1);
}

}  // namespace
}  // namespace daybook::journal
