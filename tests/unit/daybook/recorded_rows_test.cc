#include "daybook/importer/recorded_rows.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "support/new_events.h"

namespace daybook::cli::importer {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::FullEvent;
using State = RecordedRows::State;

constexpr int64_t kRow = 17;

// As the log holds it: with what the service adds.
Event Stored(const Event& sent, int64_t row = kRow, const std::string& table = "audit_logs") {
  Event stored = sent;
  stored.set_seq(4711);
  stored.mutable_created_at()->set_seconds(1'800'000'000);
  if (!sent.has_event_time()) *stored.mutable_event_time() = stored.created_at();
  stored.set_request_id(RequestIdOf(table, row));
  stored.set_producer("import");
  stored.set_leaf_hash("hash");
  return stored;
}

TEST(RequestIdOf, NamesTableAndRow) {
  EXPECT_EQ(RequestIdOf("audit_logs", 42), "import:audit_logs:42");
  EXPECT_EQ(RequestIdOf("audit_logs", std::numeric_limits<int64_t>::min()),
            "import:audit_logs:-9223372036854775808");
}

TEST(RequestIdOf, FitsWhateverTheTablesName) {
  for (const std::string& table :
       {std::string(36, 'a'), std::string(200, 'a'), std::string("\xff"), std::string(200, 'b')}) {
    EXPECT_LE(RequestIdOf(table, std::numeric_limits<int64_t>::min()).size(), 64) << table;
  }
  EXPECT_NE(RequestIdOf(std::string(200, 'a'), 1), RequestIdOf(std::string(200, 'b'), 1));
}

TEST(RecordedRowsTest, KnowsWhatTheLogHolds) {
  RecordedRows recorded("audit_logs");
  recorded.Add(Stored(FullEvent()));

  EXPECT_EQ(recorded.StateOf(kRow, FullEvent()), State::kSame);
  EXPECT_EQ(recorded.StateOf(kRow + 1, FullEvent()), State::kNew);
}

TEST(RecordedRowsTest, EveryColumnMakesAnotherRow) {
  RecordedRows recorded("audit_logs");
  recorded.Add(Stored(FullEvent()));
  for (const char* field : {"user_id", "telegram_id", "action", "resource_type", "resource_id",
                            "details", "ip_address", "user_agent", "event_time"}) {
    Event changed = FullEvent();
    Event::GetReflection()->ClearField(&changed, Event::descriptor()->FindFieldByName(field));

    EXPECT_EQ(recorded.StateOf(kRow, changed), State::kChanged) << field;
  }
}

TEST(RecordedRowsTest, AnEventWithoutATimeHasThatOfItsRecording) {
  Event event = FullEvent();
  event.clear_event_time();
  RecordedRows recorded("audit_logs");
  recorded.Add(Stored(event));

  EXPECT_EQ(recorded.StateOf(kRow, event), State::kSame);
}

TEST(RecordedRowsTest, OtherEventsOfTheProducerArePassedOver) {
  RecordedRows recorded("audit_logs");
  recorded.Add(Stored(FullEvent(), kRow, "other"));
  Event live = Stored(FullEvent());
  for (const char* request_id : {"", "import:audit_logs:", "import:audit_logs:x",
                                 "import:audit_logs:17:1", "4bf92f35-77b3-4da6"}) {
    live.set_request_id(request_id);
    recorded.Add(live);
  }

  EXPECT_EQ(recorded.size(), 0);
}

}  // namespace
}  // namespace daybook::cli::importer
