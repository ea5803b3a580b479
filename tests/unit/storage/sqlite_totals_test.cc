#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "db/sqlite/connection.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::testing::IsOk;

constexpr uint64_t kWide = 10'000;  // two blocks, and a shorter one
constexpr size_t kBatchOfWide = 500;

// A store of segments that are not a whole number of blocks, with deposits and logins.
class SqliteTotalsTest : public ::testing::Test {
 protected:
  void Fill(uint64_t count, const std::string& details = "") {
    for (uint64_t end = store_->Size().value() + count; store_->Size().value() < end;) {
      std::vector<NewEvent> events;
      while (events.size() < kBatchOfWide && store_->Size().value() + events.size() < end) {
        events.push_back(Numbered(store_->Size().value() + events.size(), details));
      }
      ASSERT_THAT(store_->Append(testing::PointersTo(events)), IsOk());
      clock_.Advance(absl::Seconds(7));
    }
  }

  NewEvent Numbered(uint64_t number, const std::string& details) const {
    Event event = testing::EventOf(number % 3 == 0 ? "deposit" : "login");
    if (number % 50 == 0) event.set_outcome(audit::v1::OUTCOME_FAILURE);
    if (number % 3 == 0) {
      event.set_details(details.empty() ? absl::StrCat(R"({"amount":0.)", number % 7, "}")
                                        : details);
    }
    return testing::MakeNewEvent(rules_, event, testing::FromTester(), clock_.Now());
  }

  static TallyRequest Question(const std::string& filter) {
    TallyRequest request;
    request.scan.as_of = LogSize(~uint64_t{0});
    request.scan.filter = query::Filter::Parse(filter).value();
    request.grouping.keys = {query::FindField("action"), query::FindField("outcome")};
    request.grouping.sums = {{.field = query::FindField("details"), .path = {"amount"}}};
    return request;
  }

  static std::string Print(const Tallied& tallied) {
    return absl::StrCat(tallied.count, " sum ", tallied.sums.front().text(), " of ",
                        tallied.sums.front().numbers());
  }

  std::vector<std::string> Ask(const TallyRequest& request) {
    const auto result = store_->Aggregate(request);
    EXPECT_THAT(result, IsOk());
    if (!result.ok()) return {};
    EXPECT_EQ(result->last_examined, std::nullopt);
    std::vector<std::string> lines;
    for (const TallyGroup& group : result->groups) {
      std::string line = absl::StrCat(
          absl::StrJoin(group.keys, "/"), " ", Print(group.all), " from ", group.first_time, " to ",
          group.last_time, " ", absl::StrJoin(group.samples, ",", [](std::string* out, Seq seq) {
            absl::StrAppend(out, seq.value());
          }));
      for (const auto& [begin, bar] : group.bars)
        absl::StrAppend(&line, " ", begin, ":", Print(bar));
      lines.push_back(line);
    }
    return lines;
  }

  // Holds the answer by totals against the one by rows: a filter on anything else has the rows
  // read, and no event has this actor.
  void ExpectSameAsOfRows(const std::string& filter, Micros bar = 0) {
    TallyRequest by_totals = Question(filter);
    by_totals.grouping.bar = bar;
    const std::string and_more = filter.empty() ? "" : absl::StrCat("(", filter, ") AND ");
    TallyRequest by_rows = Question(absl::StrCat(and_more, "NOT actor = \"nobody\""));
    by_rows.grouping.bar = bar;
    const std::vector<std::string> expected = Ask(by_rows);
    EXPECT_FALSE(expected.empty()) << filter;
    EXPECT_EQ(Ask(by_totals), expected) << filter;
    EXPECT_EQ(Ask(by_totals), expected) << filter << ", asked again";
  }

  void ExpectSameAsOfRows() {
    const std::string middle = FormatTime(MicrosOf(store_->Get(Seq(kWide + 50))->created_at()));
    for (const std::string& filter : std::vector<std::string>{
             "", "action = deposit", "outcome = FAILURE OR action = login",
             "seq >= 4096 AND seq < 8192", "seq > 4096", "seq < 12345 AND action = deposit",
             absl::StrCat("created_at >= \"", middle, "\" AND action = \"dep*\"")}) {
      ExpectSameAsOfRows(filter);
      ExpectSameAsOfRows(filter, 60'000'000);
    }
  }

  Connection OpenSegment(uint64_t segment) const {
    return Connection::Open(folder_.layout().Segment(segment), OpenMode::kReadWrite).value();
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{kWide};
  std::unique_ptr<SqliteEventStore> store_ = folder_.Open(clock_).value();
};

TEST_F(SqliteTotalsTest, TheyAnswerAsTheEventsDo) {
  Fill(2 * kWide + 5'000);
  store_->WaitUntilSealed();

  ExpectSameAsOfRows();

  Fill(1'000);
  ExpectSameAsOfRows();
}

TEST_F(SqliteTotalsTest, ASegmentOfManyEventsCostsLittle) {
  Fill(3 * kWide);
  store_->WaitUntilSealed();
  TallyRequest request = Question("action = deposit");
  request.scan.budget = 1'000;

  const auto result = store_->Aggregate(request);

  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->last_examined, std::nullopt);
  ASSERT_EQ(result->groups.size(), 2);
  EXPECT_EQ(result->groups[0].all.count + result->groups[1].all.count, kWide);
}

TEST_F(SqliteTotalsTest, ABlockOfASegmentThatIsNotSealedIsSummedUpOnce) {
  Fill(5'000);
  TallyRequest request = Question("action = deposit AND seq < 4096");
  request.scan.budget = 1'000;
  ASSERT_THAT(store_->Aggregate(request), IsOk());  // uses up its budget

  const auto again = store_->Aggregate(request);

  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->groups.size(), 2);
  request.scan.filter = query::Filter::Parse("NOT actor = \"nobody\" AND seq < 4096").value();
  EXPECT_NE(store_->Aggregate(request)->last_examined, std::nullopt);
}

TEST_F(SqliteTotalsTest, WhereABlockHasNoneItsEventsAreRead) {
  Fill(kWide, R"({"amount":1e200})");
  Fill(kWide);
  store_->WaitUntilSealed();

  EXPECT_EQ(OpenSegment(0).QueryInteger("SELECT count(*) FROM totals").value(), 0);
  EXPECT_GT(OpenSegment(1).QueryInteger("SELECT count(*) FROM totals").value(), 0);
  ExpectSameAsOfRows();
}

TEST_F(SqliteTotalsTest, ASealedSegmentTakesNoMore) {
  Fill(kWide);
  store_->WaitUntilSealed();
  store_.reset();
  Connection segment = OpenSegment(0);

  for (const std::string sql : {"INSERT INTO totals VALUES (1, '', 'a', 1, 1, 1, 1, '', 0, '0')",
                                "UPDATE totals SET events = events + 1", "DELETE FROM totals"}) {
    EXPECT_FALSE(segment.Execute(sql).ok()) << sql;
  }
}

}  // namespace
}  // namespace daybook::storage::sqlite
