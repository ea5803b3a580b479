#include "daybook/importer/row_mapper.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "support/manual_clock.h"

namespace daybook::cli::importer {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::ValueType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Cell Text(std::string bytes) { return {.type = ValueType::kText, .bytes = std::move(bytes)}; }
Cell Integer(int64_t number) { return {.type = ValueType::kInteger, .integer = number}; }
Cell Real(double number) { return {.type = ValueType::kReal, .real = number}; }
Cell Blob(std::string bytes) { return {.type = ValueType::kBlob, .bytes = std::move(bytes)}; }

SourceRow Row() {
  SourceRow row{.id = 1, .cells = {}};
  row.cells[static_cast<size_t>(Column::kAction)] = Text("deposit_confirmed");
  row.cells[static_cast<size_t>(Column::kCreatedAt)] = Text("2025-11-20 12:00:00");
  return row;
}

SourceRow RowWith(Column column, Cell cell) {
  SourceRow row = Row();
  row.cells[static_cast<size_t>(column)] = std::move(cell);
  return row;
}

class RowMapperTest : public ::testing::Test {
 protected:
  MappedRow Map(const SourceRow& row, RowMapper::Options options = {}) const {
    return RowMapper(rules_, std::move(options), clock_).Map(row);
  }
  Event EventOf(const SourceRow& row, RowMapper::Options options = {}) const {
    MappedRow mapped = Map(row, std::move(options));
    EXPECT_THAT(mapped.problems, IsEmpty()) << mapped.problems.front().description;
    return std::move(mapped.event);
  }
  // The columns that are named as wrong.
  std::vector<std::string> Broken(const SourceRow& row, RowMapper::Options options = {}) const {
    std::vector<std::string> columns;
    for (const Problem& problem : Map(row, std::move(options)).problems) {
      columns.push_back(problem.column);
    }
    return columns;
  }

  testing::ManualClock clock_;
  const event::EventRules rules_ = *event::EventRules::Compile();
};

TEST_F(RowMapperTest, EveryColumnHasItsField) {
  SourceRow row;
  row.cells = {Integer(7),
               Text("tg-7"),
               Text("deposit_confirmed"),
               Text("deposit"),
               Integer(42),
               Text("{\"amount\": 1.50}"),
               Text("::ffff:203.0.113.9"),
               Text("bot/1.0"),
               Text("2025-11-20 12:00:00")};

  const Event event = EventOf(row);

  EXPECT_EQ(event.user_id(), 7);
  EXPECT_EQ(event.telegram_id(), "tg-7");
  EXPECT_EQ(event.action(), "deposit_confirmed");
  EXPECT_EQ(event.resource_type(), "deposit");
  EXPECT_EQ(event.resource_id(), "42");
  EXPECT_EQ(event.details(), "{\"amount\": 1.50}");
  EXPECT_EQ(event.ip_address(), "203.0.113.9");
  EXPECT_EQ(event.user_agent(), "bot/1.0");
  EXPECT_EQ(event.event_time().seconds(), 1'763'640'000);
}

TEST_F(RowMapperTest, NullAndEmptyTextAreAbsent) {
  const Event event = EventOf(RowWith(Column::kDetails, Text("")));

  EXPECT_FALSE(event.has_user_id());
  EXPECT_EQ(event.details(), "");
  EXPECT_EQ(event.ip_address(), "");
}

TEST_F(RowMapperTest, DetailsAreKeptByteForByte) {
  const std::string details = " {\"b\" : 1,\n\t\"a\": \"\xED\x95\x9C\\u0041\" , \"n\":1e2 } ";

  EXPECT_EQ(EventOf(RowWith(Column::kDetails, Text(details))).details(), details);
}

TEST_F(RowMapperTest, NumbersInColumnsOfTextAreTheirDigits) {
  EXPECT_EQ(EventOf(RowWith(Column::kTelegramId, Integer(-100'200))).telegram_id(), "-100200");
  EXPECT_EQ(EventOf(RowWith(Column::kResourceId, Text("a/b"))).resource_id(), "a/b");
  EXPECT_THAT(Broken(RowWith(Column::kResourceId, Real(1.5))), ElementsAre("resource_id"));
  EXPECT_THAT(Broken(RowWith(Column::kTelegramId, Blob("7"))), ElementsAre("telegram_id"));
}

TEST_F(RowMapperTest, AUserIsAnInteger) {
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(EventOf(RowWith(Column::kUserId, Integer(kLeast))).user_id(), kLeast);
  EXPECT_TRUE(EventOf(RowWith(Column::kUserId, Integer(0))).has_user_id());
  EXPECT_EQ(EventOf(RowWith(Column::kUserId, Text("7"))).user_id(), 7);
  for (const Cell& cell : {Text("seven"), Text("007"), Text(" 7"), Text("7.0"), Text(""),
                           Text("9223372036854775808"), Real(7), Blob("7")}) {
    EXPECT_THAT(Broken(RowWith(Column::kUserId, cell)), ElementsAre("user_id")) << cell.bytes;
  }
}

TEST_F(RowMapperTest, WhatTheContractRefusesIsNamedByItsColumn) {
  EXPECT_THAT(Broken(RowWith(Column::kAction, Text("Deposit Confirmed"))), ElementsAre("action"));
  EXPECT_THAT(Broken(RowWith(Column::kAction, Text(std::string(129, 'a')))), ElementsAre("action"));
  EXPECT_THAT(Broken(RowWith(Column::kAction, Cell())), ElementsAre("action"));
  EXPECT_THAT(Broken(RowWith(Column::kAction, Blob("login"))), ElementsAre("action"));
  EXPECT_THAT(Broken(RowWith(Column::kAction, Text("audit.read"))), ElementsAre("action"));
  EXPECT_THAT(Broken(RowWith(Column::kUserAgent, Text("\xff"))), ElementsAre("user_agent"));
  EXPECT_THAT(Broken(RowWith(Column::kUserAgent, Text(std::string("a\0b", 3)))),
              ElementsAre("user_agent"));
  EXPECT_THAT(Broken(RowWith(Column::kDetails, Text("[1]"))), ElementsAre("details"));
  EXPECT_THAT(Broken(RowWith(Column::kDetails, Text("not json"))), ElementsAre("details"));
  EXPECT_THAT(Broken(RowWith(Column::kIpAddress, Text("10.0.0.1, 10.0.0.2"))),
              ElementsAre("ip_address"));
  EXPECT_THAT(Broken(RowWith(Column::kResourceType, Text("Deposit"))),
              ElementsAre("resource_type"));
}

TEST_F(RowMapperTest, AllThatIsWrongIsNamed) {
  SourceRow row = RowWith(Column::kUserId, Text("seven"));
  row.cells[static_cast<size_t>(Column::kDetails)] = Text("{");
  row.cells[static_cast<size_t>(Column::kCreatedAt)] = Text("yesterday");

  EXPECT_THAT(Broken(row), ElementsAre("user_id", "created_at", "details"));
}

TEST_F(RowMapperTest, DetailsThatAreNoObjectCanBeWrapped) {
  const RowMapper::Options wrap = {.wrap_details = true, .time_zone = {}};
  const auto wrapped = [&](Cell cell) {
    return EventOf(RowWith(Column::kDetails, std::move(cell)), wrap).details();
  };

  EXPECT_EQ(wrapped(Text("paid \"late\"\n")), "{\"text\":\"paid \\\"late\\\"\\u000a\"}");
  EXPECT_EQ(wrapped(Text("[1,2]")), "{\"text\":\"[1,2]\"}");
  EXPECT_EQ(wrapped(Integer(5)), "{\"text\":\"5\"}");
  EXPECT_EQ(wrapped(Text(std::string("a\0b", 3))), "{\"text\":\"a\\u0000b\"}");
  EXPECT_EQ(wrapped(Text("{\"a\":1}")), "{\"a\":1}");
  EXPECT_EQ(wrapped(Text("")), "");
}

TEST_F(RowMapperTest, WrappingMakesNothingOfWhatIsNoTextOrTooLong) {
  const RowMapper::Options wrap = {.wrap_details = true, .time_zone = {}};

  EXPECT_THAT(Broken(RowWith(Column::kDetails, Text("a\xff")), wrap), ElementsAre("details"));
  EXPECT_THAT(Broken(RowWith(Column::kDetails, Blob("a")), wrap), ElementsAre("details"));
  EXPECT_THAT(Broken(RowWith(Column::kDetails, Text(std::string(16'384, 'a'))), wrap),
              ElementsAre("details"));
}

TEST_F(RowMapperTest, EveryRowMustSayWhenItHappened) {
  EXPECT_THAT(Broken(RowWith(Column::kCreatedAt, Cell())), ElementsAre("created_at"));
  EXPECT_THAT(Broken(RowWith(Column::kCreatedAt, Real(1'763'640'000.5))),
              ElementsAre("created_at"));
  EXPECT_THAT(Broken(RowWith(Column::kCreatedAt, Text("2025-11-20T12:00:00"))),
              ElementsAre("created_at"));
  EXPECT_EQ(EventOf(RowWith(Column::kCreatedAt, Integer(1'763'640'000'500))).event_time().nanos(),
            500'000'000);
}

TEST_F(RowMapperTest, ATableWithoutTimesMakesEventsWithoutThem) {
  EXPECT_FALSE(EventOf(RowWith(Column::kCreatedAt, Cell()), {.has_times = false, .time_zone = {}})
                   .has_event_time());
}

TEST_F(RowMapperTest, TimesInTheFutureAreRefused) {
  // The clock stands at 2025-11-21 00:00.
  EXPECT_THAT(Broken(RowWith(Column::kCreatedAt, Text("2025-11-22 00:00:00"))), IsEmpty());
  EXPECT_THAT(Broken(RowWith(Column::kCreatedAt, Text("2025-11-22 00:00:01"))),
              ElementsAre("created_at"));
}

}  // namespace
}  // namespace daybook::cli::importer
