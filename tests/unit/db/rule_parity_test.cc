#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "db/sqlite/connection.h"
#include "google/protobuf/text_format.h"
#include "schema/event_table.h"
#include "schema/rule.h"
#include "schema/sqlite_ddl.h"
#include "support/status_matchers.h"

namespace daybook::db::sqlite {
namespace {

using ::daybook::schema::Column;
using ::daybook::testing::IsOk;

// A table with one column, to see what its declaration lets in.
class OneColumn {
 public:
  OneColumn(Column column, OpenMode mode) : db_(Connection::Open(":memory:", mode).value()) {
    column.name = "value";
    column.primary_key = false;
    schema::Table table;
    table.name = "t";
    table.columns = {std::move(column)};
    EXPECT_THAT(db_.Execute(schema::SqliteCreateTable(table, {})), IsOk());
  }

  // '' is absent for the service, and stored as NULL.
  bool TakesText(const std::string& text) {
    text.empty() ? insert().BindNull(1) : insert().BindText(1, text);
    return insert().Run().ok();
  }
  bool TakesInteger(std::optional<int64_t> value) {
    value ? insert().BindInteger(1, *value) : insert().BindNull(1);
    return insert().Run().ok();
  }
  bool Takes(const std::string& literal) {
    return db_.Execute("INSERT INTO t VALUES (" + literal + ")").ok();
  }

 private:
  Statement& insert() {
    if (!insert_) insert_ = db_.Prepare("INSERT INTO t VALUES (?1)").value();
    return *insert_;
  }

  Connection db_;
  std::optional<Statement> insert_;
};

// The same in SQLite as it is and as the service opens it, which are to agree.
class OneColumnTwice {
 public:
  explicit OneColumnTwice(const Column& column)
      : plain_(column, OpenMode::kCreate), service_(column, OpenMode::kReadWrite) {}

  bool TakesText(const std::string& text) {
    return Agreed(plain_.TakesText(text), service_.TakesText(text));
  }
  bool TakesInteger(std::optional<int64_t> value) {
    return Agreed(plain_.TakesInteger(value), service_.TakesInteger(value));
  }
  bool Takes(const std::string& literal) {
    return Agreed(plain_.Takes(literal), service_.Takes(literal));
  }

 private:
  static bool Agreed(bool plain, bool service) {
    EXPECT_EQ(plain, service);
    return plain;
  }

  OneColumn plain_;
  OneColumn service_;
};

schema::v1::Rule Declared(const std::string& text) {
  schema::v1::Rule rule;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rule)) << text;
  return rule;
}

std::string Times(size_t count, const std::string& text) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

// Texts at and around every bound of `rule`, made of one, two, three and four
// byte characters, with and without a NUL, and random ones.
std::vector<std::string> TextsFor(const schema::v1::StringRule& rule) {
  const std::vector<std::string> characters = {
      "a", "z",  "Z", "0",    "_", "-", ".", " ",
      "'", "*",  "?", "[",    "]", "^", "%", std::string("\0", 1),
      "é", "한", "👍", "\x7f", "{", "`", "/", ":"};
  std::vector<std::string> texts = {""};
  for (const size_t bound :
       {size_t{1}, size_t{rule.min_chars()}, size_t{rule.max_chars()}, size_t{rule.max_bytes()}}) {
    for (const size_t size : {bound - 1, bound, bound + 1}) {
      if (size == 0 || size > bound + 1) continue;
      for (const std::string& character : characters) {
        texts.push_back(Times(size, character));
        texts.push_back(Times(size / character.size(), character));
        texts.push_back(Times(size - 1, "a") + character);
        texts.push_back(character + Times(size - 1, "a"));
      }
    }
  }
  std::mt19937 random(20'260'101);
  for (int i = 0; i < 300; ++i) {
    std::string& text = texts.emplace_back();
    for (auto size = random() % 8; size > 0; --size)
      text += characters[random() % characters.size()];
  }
  return texts;
}

void ExpectParity(const Column& column, const std::string& what) {
  SCOPED_TRACE(what);
  const auto rule = schema::TextRule::Compile(column.rule.string());
  ASSERT_THAT(rule, IsOk());
  const std::vector<std::string> texts = TextsFor(column.rule.string());
  OneColumnTwice table(column);
  int accepted = 0;
  for (const std::string& text : texts) {
    const bool service_takes = !rule->Broken(text).has_value();
    EXPECT_EQ(table.TakesText(text), service_takes) << ::testing::PrintToString(text);
    accepted += service_takes ? 1 : 0;
  }
  EXPECT_GT(accepted, 0) << "nothing was accepted: the comparison is worth nothing";
  EXPECT_LT(accepted, static_cast<int>(texts.size())) << "nothing was refused";
}

TEST(RuleParity, TextRulesOfEveryKind) {
  for (const char* declared :
       {"string {min_chars: 1 max_chars: 50}", "string {min_chars: 1 max_chars: 50 nullable: true}",
        "string {min_chars: 3 max_chars: 5 nullable: true}", "string {min_chars: 4 max_bytes: 12}",
        "string {min_chars: 1 max_bytes: 10 nullable: true}",
        "string {min_chars: 1 charset: \"a-z0-9_.\"}",
        "string {min_chars: 1 first_charset: \"a-z\"}",
        "string {min_chars: 1 max_bytes: 6 charset: \"a-zA-Z0-9_.:/@-\" first_charset: \"a-z\"}",
        "string {min_chars: 1 charset: \"*?%-\" nullable: true}",
        "string {min_chars: 2 max_chars: 2 charset: \"0-9a-f\" nullable: true}"}) {
    Column column;
    column.rule = Declared(declared);
    ExpectParity(column, declared);
  }
}

TEST(RuleParity, TextColumnsOfAnEvent) {
  for (Column& column : schema::TableOf(*audit::v1::Event::descriptor()).columns) {
    if (column.type != schema::ColumnType::kText) continue;
    // Their syntax is the service's to judge; lengths are compared all the same.
    column.rule.mutable_string()->clear_json_object();
    column.rule.mutable_string()->clear_ip_address();
    const std::string name = column.name;
    ExpectParity(std::move(column), name);
  }
}

TEST(RuleParity, FiftyAndFiftyOneHangul) {
  Column column;
  column.rule = Declared("string {min_chars: 1 max_chars: 50}");
  OneColumnTwice table(column);

  EXPECT_TRUE(table.TakesText(Times(50, "한")));
  EXPECT_FALSE(table.TakesText(Times(51, "한")));
}

TEST(RuleParity, IntegerRulesOfEveryKind) {
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
  constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();
  for (const char* declared :
       {"int64 {}", "int64 {nullable: true}", "int64 {gte: 0}", "int64 {gte: 0 nullable: true}",
        "int64 {gt: 0 lt: 10}", "int64 {gte: -5 lte: 5 nullable: true}", "int64 {lte: -1}",
        "int64 {gt: 9223372036854775806}", "int64 {gte: -9223372036854775808}",
        "int64 {lt: -9223372036854775807}"}) {
    SCOPED_TRACE(declared);
    Column column;
    column.type = schema::ColumnType::kInteger;
    column.rule = Declared(declared);
    const schema::IntegerRule rule(column.rule.int64());
    OneColumnTwice table(column);

    for (const int64_t value :
         {kLowest, kLowest + 1, int64_t{-6}, int64_t{-5}, int64_t{-1}, int64_t{0}, int64_t{1},
          int64_t{5}, int64_t{6}, int64_t{9}, int64_t{10}, kHighest - 1, kHighest}) {
      EXPECT_EQ(table.TakesInteger(value), !rule.Broken(value).has_value()) << value;
    }
    EXPECT_EQ(table.TakesInteger(std::nullopt), !rule.Broken(std::nullopt).has_value());
  }
}

TEST(RuleParity, EnumsAndTimes) {
  Column outcome;
  outcome.type = schema::ColumnType::kInteger;
  outcome.rule = Declared("enum {}");
  outcome.enum_values = 3;
  OneColumnTwice outcomes(outcome);
  for (int value = -1; value <= 5; ++value) {
    EXPECT_EQ(outcomes.TakesInteger(value), value != 0 && audit::v1::Outcome_IsValid(value))
        << value;
  }

  Column time;
  time.type = schema::ColumnType::kInteger;
  time.rule = Declared("time {}");
  OneColumnTwice times(time);
  EXPECT_FALSE(times.TakesInteger(kMinMicros - 1));
  EXPECT_TRUE(times.TakesInteger(kMinMicros));
  EXPECT_TRUE(times.TakesInteger(kMaxMicros));
  EXPECT_FALSE(times.TakesInteger(kMaxMicros + 1));
  EXPECT_FALSE(times.TakesInteger(std::nullopt));
}

TEST(RuleParity, ColumnsTakeNoOtherStorageClass) {
  Column text;
  text.rule = Declared("string {min_chars: 1 nullable: true}");
  Column integer;
  integer.type = schema::ColumnType::kInteger;
  integer.rule = Declared("int64 {nullable: true}");

  EXPECT_FALSE(OneColumnTwice(text).Takes("x'6162'"));
  EXPECT_FALSE(OneColumnTwice(integer).Takes("'abc'"));
  EXPECT_FALSE(OneColumnTwice(integer).Takes("1.5"));
  EXPECT_FALSE(OneColumnTwice(integer).Takes("9223372036854775808"));
  EXPECT_FALSE(OneColumnTwice(integer).Takes("x'01'"));
}

}  // namespace
}  // namespace daybook::db::sqlite
