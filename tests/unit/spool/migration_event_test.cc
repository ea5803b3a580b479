#include "spool/migration_event.h"

#include <string>

#include <gmock/gmock.h>

#include "event/checked_event.h"
#include "event/event_rules.h"
#include "support/status_matchers.h"

namespace daybook::spool {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::IsOk;

MigrationEvent Migration() {
  return {.run = "0123456789abcdef",
          .database = "app.db",
          .version = 1,
          .name = "schema_enhancements",
          .at = absl::FromUnixMicros(1'763'683'200'000'001),
          .took = absl::Microseconds(1'500)};
}

absl::Status CheckAsService(const Event& event) {
  return event::CheckedEvent::Check(
             *event::EventRules::Compile(), event,
             {.producer = "daybook", .source = audit::v1::SOURCE_SERVICE, .request_id = ""},
             absl::FromUnixSeconds(1'763'683'300))
      .status();
}

TEST(MigrationEventTest, SaysWhatBecameOfIt) {
  MigrationEvent migration = Migration();

  EXPECT_EQ(ToEvent(migration).action(), "migration.applied");
  migration.kind = MigrationEvent::Kind::kRolledBack;
  EXPECT_EQ(ToEvent(migration).action(), "migration.rolled_back");
  EXPECT_EQ(ToEvent(migration).outcome(), audit::v1::OUTCOME_SUCCESS);
  migration.kind = MigrationEvent::Kind::kFailed;
  migration.reason = "VERIFICATION";
  EXPECT_EQ(ToEvent(migration).action(), "migration.failed");
  EXPECT_EQ(ToEvent(migration).outcome(), audit::v1::OUTCOME_FAILURE);
  EXPECT_EQ(ToEvent(migration).reason(), "VERIFICATION");
}

TEST(MigrationEventTest, DetailsSayTheRest) {
  MigrationEvent migration = Migration();
  migration.checksum = "abc";
  migration.strategy = "single_tx";
  migration.build = "0.1.0";
  migration.counts = {{"quarantined_rows", 2}};

  EXPECT_EQ(ToEvent(migration).details(),
            R"({"version":1,"name":"schema_enhancements","database":"app.db","duration_us":1500,)"
            R"("checksum":"abc","strategy":"single_tx","build":"0.1.0","quarantined_rows":2})");
}

TEST(MigrationEventTest, KeepsWhenWhereAndInWhichRun) {
  const Event event = ToEvent(Migration());

  EXPECT_EQ(event.event_time().seconds(), 1'763'683'200);
  EXPECT_EQ(event.event_time().nanos(), 1'000);
  EXPECT_EQ(event.resource_type(), "database");
  EXPECT_EQ(event.resource_id(), "app.db");
  EXPECT_EQ(event.correlation_id(), "0123456789abcdef");
}

TEST(MigrationEventTest, AnyNameOfADatabaseMakesAnEventThatCanBeRecorded) {
  for (const std::string& name : {std::string("app.db"), std::string("\xff\n\".db"),
                                  std::string(255, '\xff'), std::string()}) {
    MigrationEvent migration = Migration();
    migration.database = name;

    EXPECT_THAT(CheckAsService(ToEvent(migration)), IsOk()) << name;
  }
}

}  // namespace
}  // namespace daybook::spool
