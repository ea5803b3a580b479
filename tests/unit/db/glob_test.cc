#include <random>
#include <string>

#include <gtest/gtest.h>

#include "db/sqlite/connection.h"

namespace daybook::db::sqlite {
namespace {

// What a connection says of `value GLOB pattern`: 0, 1, or -1 for NULL.
class Judge {
 public:
  explicit Judge(OpenMode mode) : db_(Connection::Open(":memory:", mode).value()) {}

  int operator()(const std::string& value, const std::string& pattern) {
    Statement select = db_.Prepare("SELECT ?1 GLOB ?2").value();
    select.BindText(1, value);
    select.BindText(2, pattern);
    EXPECT_TRUE(select.Step().value());
    return select.IsNull(0) ? -1 : static_cast<int>(select.Integer(0));
  }

  int64_t Of(const std::string& expression) {
    return db_.QueryInteger("SELECT " + expression).value();
  }

 private:
  Connection db_;
};

TEST(Glob, AnswersAsSqliteDoes) {
  Judge plain(OpenMode::kCreate);
  Judge fast(OpenMode::kReadWrite);
  const std::string alphabet = "aAz09_.-]^[*?\xc3\xa9\x7f ";
  std::mt19937 random(7);
  const auto text = [&](size_t most) {
    std::string drawn;
    for (size_t i = random() % (most + 1); i > 0; --i)
      drawn += alphabet[random() % alphabet.size()];
    return drawn;
  };

  for (int i = 0; i < 20'000; ++i) {
    const std::string set = text(5);
    const std::string value = text(6);
    for (const std::string& pattern :
         {"*[^" + set + "]*", "[" + set + "]*", "*[" + set + "]", text(4)}) {
      ASSERT_EQ(fast(value, pattern), plain(value, pattern)) << value << " GLOB " << pattern;
    }
  }
}

TEST(Glob, AnswersNullForNull) {
  Judge fast(OpenMode::kReadWrite);

  EXPECT_EQ(fast.Of("(NULL GLOB '[a-z]*') IS NULL"), 1);
  EXPECT_EQ(fast.Of("('a' GLOB NULL) IS NULL"), 1);
}

TEST(Glob, ReadsNumbersAsText) {
  Judge fast(OpenMode::kReadWrite);

  EXPECT_EQ(fast.Of("12 GLOB '[0-9]*'"), 1);
  EXPECT_EQ(fast.Of("12 GLOB '*[^0-9]*'"), 0);
}

}  // namespace
}  // namespace daybook::db::sqlite
