#include "storage/sqlite/sqlite_event_store.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "support/manual_clock.h"
#include "support/naive_tree.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Connection;
using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::FullEvent;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr char kInsertRow[] =
    "INSERT INTO audit_logs (id, created_at, event_time, action, outcome, tenant, source,"
    " leaf_version) VALUES (1, 0, 0, 'intruder', 1, 'default', 3, 1)";

class SqliteEventStoreTest : public ::testing::Test {
 protected:
  NewEvent Make(const Event& event, const std::string& request_id = "") const {
    return testing::MakeNewEvent(rules_, event, FromTester(request_id), clock_.Now());
  }

  absl::Status Append(const std::vector<NewEvent>& events) {
    return store_->Append(testing::PointersTo(events)).status();
  }

  void Reopen() {
    store_.reset();
    store_ = folder_.Open(clock_).value();
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{/*segment_events=*/1'000};
  std::unique_ptr<SqliteEventStore> store_ = folder_.Open(clock_).value();
};

TEST_F(SqliteEventStoreTest, ReopeningKeepsEverything) {
  ASSERT_THAT(Append({Make(FullEvent(), "id-1"), Make(EventOf("login"))}), IsOk());
  const std::string first = store_->Get(Seq(0))->DebugString();
  const std::string second = store_->Get(Seq(1))->DebugString();

  Reopen();

  EXPECT_EQ(store_->Size(), LogSize(2));
  EXPECT_EQ(store_->Get(Seq(0))->DebugString(), first);
  EXPECT_EQ(store_->Get(Seq(1))->DebugString(), second);
}

// Three segments of failures of one actor; in none is what a filter asks for.
TEST_F(SqliteEventStoreTest, WhatAnIndexLeadsToInVainIsChargedToo) {
  Event event = EventOf("login_failed");
  event.set_details(R"({"n":1})");
  const std::vector<NewEvent> events(1'000, Make(event));
  for (int segment = 0; segment < 3; ++segment) ASSERT_THAT(Append(events), IsOk());
  store_->WaitUntilSealed();
  TallyRequest request;
  request.scan.as_of = store_->Size();
  request.scan.budget = 1'000;
  request.scan.filter = query::Filter::Parse("outcome = FAILURE AND details.n = 2").value();

  const auto result = store_->Aggregate(request);

  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->last_examined, Seq(2'000));
}

TEST_F(SqliteEventStoreTest, GroupsThatTakeTooMuchMemoryEndAPart) {
  for (int segment = 0; segment < 2; ++segment) {
    std::vector<NewEvent> events;
    for (int i = 0; i < 1'000; ++i) {
      Event event = EventOf("login");
      event.set_actor(absl::StrCat("user:", i));
      events.push_back(Make(event));
    }
    ASSERT_THAT(Append(events), IsOk());
  }
  TallyRequest request;
  request.scan.as_of = store_->Size();
  request.grouping.keys = {query::FindField("actor")};
  request.max_bytes = 1;

  const auto result = store_->Aggregate(request);

  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->groups.size(), 1'000U);
  EXPECT_EQ(result->last_examined, Seq(1'000));
}

TEST_F(SqliteEventStoreTest, SubtreesOfAllHeightsAreReadFromTilesAndFromTheEdge) {
  constexpr size_t kBatch = 4'096;
  const testing::SqliteFolder wide(/*segment_events=*/uint64_t{1} << 18);
  std::unique_ptr<SqliteEventStore> store = wide.Open(clock_).value();
  std::vector<NewEvent> events;
  events.reserve(kBatch);
  while (events.size() < kBatch) events.push_back(Make(EventOf("login")));
  std::vector<ledger::Hash> leaves;
  while (leaves.size() < 33 * kBatch) {
    const auto receipt = store->Append(testing::PointersTo(events));
    ASSERT_THAT(receipt, IsOk());
    leaves.insert(leaves.end(), receipt->leaf_hashes.begin(), receipt->leaf_hashes.end());
  }
  const uint64_t size = leaves.size();
  std::vector<ledger::Node> nodes = ledger::Cover(0, size - 5);
  for (uint32_t height = 0; size >> height > 0; ++height) {
    const uint64_t last = (size >> height) - 1;
    nodes.push_back({.height = height, .index = last});
    nodes.push_back({.height = height, .index = last / 2});
  }
  const std::vector<ledger::Hash> expected = testing::NodesOver(leaves, nodes);
  EXPECT_EQ(store->ReadNodes(nodes).value(), expected);

  store.reset();
  store = wide.Open(clock_).value();
  EXPECT_EQ(store->ReadNodes(nodes).value(), expected);
}

TEST_F(SqliteEventStoreTest, RecordTimeDoesNotDecreaseAcrossReopening) {
  ASSERT_THAT(Append({Make(EventOf("login"))}), IsOk());
  clock_.Advance(-absl::Hours(1));

  Reopen();
  ASSERT_THAT(Append({Make(EventOf("login"))}), IsOk());

  EXPECT_EQ(MicrosOf(store_->Get(Seq(1))->created_at()),
            MicrosOf(store_->Get(Seq(0))->created_at()));
}

TEST_F(SqliteEventStoreTest, RequestsAreRememberedAcrossReopening) {
  ASSERT_THAT(Append({Make(EventOf("login"), "id-1")}), IsOk());

  clock_.Advance(absl::Hours(72));
  Reopen();

  const auto found = store_->FindRepeated(Make(EventOf("login"), "id-1"));
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->seq(), 0U);
}

TEST_F(SqliteEventStoreTest, RequestsAreForgottenAfter72HoursAcrossReopening) {
  ASSERT_THAT(Append({Make(EventOf("login"), "id-1")}), IsOk());

  clock_.Advance(absl::Hours(72) + absl::Microseconds(1));
  Reopen();

  EXPECT_EQ(*store_->FindRepeated(Make(EventOf("login"), "id-1")), std::nullopt);
}

TEST_F(SqliteEventStoreTest, AFailedAppendLeavesNoEvent) {
  Connection raw = folder_.RawSegment(0);
  ASSERT_THAT(raw.Execute(kInsertRow), IsOk());

  EXPECT_FALSE(Append({Make(EventOf("a")), Make(EventOf("b")), Make(EventOf("c"))}).ok());

  EXPECT_EQ(store_->Size(), LogSize(0));
  EXPECT_EQ(*raw.QueryInteger("SELECT count(*) FROM audit_logs"), 1);
}

TEST_F(SqliteEventStoreTest, EventsThatCameToLightWantTheCallSentAgain) {
  Connection raw = folder_.RawSegment(0);
  ASSERT_THAT(raw.Execute(kInsertRow), IsOk());
  ASSERT_THAT(Append({Make(EventOf("a"))}), IsOk());
  const absl::Status clash = Append({Make(EventOf("b"))});

  const absl::Status compared_with_less = Append({Make(EventOf("b"))});

  EXPECT_EQ(ReasonIn(clash), "STORE_UNAVAILABLE");
  EXPECT_EQ(ReasonIn(compared_with_less), "STORE_UNAVAILABLE");
  EXPECT_EQ(store_->Size(), LogSize(2));
  EXPECT_THAT(Append({Make(EventOf("b"))}), IsOk());
}

TEST_F(SqliteEventStoreTest, GoesOnAfterAFailedAppend) {
  Connection raw = folder_.RawSegment(0);
  ASSERT_THAT(raw.Execute(kInsertRow), IsOk());
  ASSERT_FALSE(Append({Make(EventOf("a")), Make(EventOf("b"), "id-1")}).ok());
  ASSERT_THAT(raw.Execute("DROP TRIGGER audit_logs_no_delete; DELETE FROM audit_logs"), IsOk());

  EXPECT_EQ(*store_->FindRepeated(Make(EventOf("b"), "id-1")), std::nullopt);
  EXPECT_THAT(Append({Make(EventOf("a")), Make(EventOf("b"), "id-1")}), IsOk());

  EXPECT_EQ(store_->Size(), LogSize(2));
  EXPECT_EQ(store_->Get(Seq(1))->action(), "b");
}

TEST_F(SqliteEventStoreTest, ABusyStoreIsUnavailable) {
  Connection raw = folder_.RawSegment(0);
  ASSERT_THAT(raw.Execute("BEGIN IMMEDIATE"), IsOk());

  const absl::Status busy = Append({Make(EventOf("login"))});
  ASSERT_THAT(raw.Execute("ROLLBACK"), IsOk());

  EXPECT_THAT(busy, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Append({Make(EventOf("login"))}), IsOk());
}

TEST_F(SqliteEventStoreTest, AMissingRowIsDataLoss) {
  ASSERT_THAT(Append({Make(EventOf("a")), Make(EventOf("b"))}), IsOk());
  ASSERT_THAT(folder_.RawSegment(0).Execute(
                  "DROP TRIGGER audit_logs_no_delete; DELETE FROM audit_logs WHERE id = 0"),
              IsOk());

  const auto result = store_->Get(Seq(0));

  EXPECT_THAT(result, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_EQ(ReasonIn(result.status()), "STORE_DAMAGED");
}

TEST_F(SqliteEventStoreTest, AnEditedRowHasAnotherLeaf) {
  ASSERT_THAT(Append({Make(FullEvent())}), IsOk());
  const std::string leaf = store_->Get(Seq(0))->leaf_hash();
  ASSERT_THAT(folder_.RawSegment(0).Execute("DROP TRIGGER audit_logs_no_update;"
                                            "UPDATE audit_logs SET resource_id = '43'"),
              IsOk());

  EXPECT_NE(store_->Get(Seq(0))->leaf_hash(), leaf);
}

TEST_F(SqliteEventStoreTest, ColumnsHaveTheirStorageClasses) {
  ASSERT_THAT(Append({Make(FullEvent(), "id-1"), Make(EventOf("login"))}), IsOk());
  Connection raw = folder_.RawSegment(0);
  const auto count = [&raw](const std::string& condition) {
    return raw.QueryInteger("SELECT count(*) FROM audit_logs WHERE " + condition).value();
  };

  for (const char* column :
       {"id", "created_at", "event_time", "outcome", "source", "leaf_version"}) {
    EXPECT_EQ(count(absl::StrCat("typeof(", column, ") = 'integer'")), 2) << column;
  }
  for (const char* column : {"action", "tenant", "producer"}) {
    EXPECT_EQ(count(absl::StrCat("typeof(", column, ") = 'text'")), 2) << column;
  }
  for (const char* column : {"user_id", "producer_sequence"}) {
    EXPECT_EQ(count(absl::StrCat("id = 0 AND typeof(", column, ") = 'integer'")), 1) << column;
    EXPECT_EQ(count(absl::StrCat("id = 1 AND ", column, " IS NULL")), 1) << column;
  }
  for (const char* column :
       {"reason", "telegram_id", "actor", "resource_type", "resource_id", "details", "ip_address",
        "user_agent", "trace_id", "correlation_id", "request_id"}) {
    EXPECT_EQ(count(absl::StrCat("id = 0 AND typeof(", column, ") = 'text'")), 1) << column;
    EXPECT_EQ(count(absl::StrCat("id = 1 AND ", column, " IS NULL")), 1) << column;
  }
  EXPECT_EQ(count("public_details IS NULL AND redaction IS NULL"), 2);
  EXPECT_EQ(count("id = 0 AND typeof(salt) = 'blob' AND length(salt) = 32"), 1);
  EXPECT_EQ(count("id = 1 AND salt IS NULL"), 1);
}

TEST_F(SqliteEventStoreTest, RowsRefuseToBeChangedOrRemoved) {
  ASSERT_THAT(Append({Make(EventOf("login"))}), IsOk());
  Connection raw = folder_.RawSegment(0);

  EXPECT_FALSE(raw.Execute("UPDATE audit_logs SET action = 'logout'").ok());
  EXPECT_FALSE(raw.Execute("DELETE FROM audit_logs").ok());
  EXPECT_FALSE(raw.Execute("INSERT OR REPLACE INTO audit_logs (id, created_at, event_time, action,"
                           " outcome, tenant, source, leaf_version)"
                           " VALUES (0, 0, 0, 'intruder', 1, 'default', 3, 1)")
                   .ok());

  EXPECT_EQ(store_->Get(Seq(0))->action(), "login");
}

}  // namespace
}  // namespace daybook::storage::sqlite
