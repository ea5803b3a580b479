#include "query/page_token.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"

#include "core/errors.h"
#include "support/manual_clock.h"
#include "support/status_matchers.h"

namespace daybook::query {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

class PageTokensTest : public ::testing::Test {
 protected:
  std::string Make(const std::string& query = "query") const {
    v1::PagePosition position;
    position.set_as_of_size(1'000);
    position.set_asked_at(-5);
    position.set_last_seq(77);
    return tokens_.Make(position, query, clock_.Now());
  }
  std::string ReasonFor(const std::string& token, const std::string& query = "query") const {
    return ReasonIn(tokens_.Open(token, query, clock_.Now()).status());
  }

  testing::ManualClock clock_;
  PageTokens tokens_{std::string(32, 'k')};
};

TEST_F(PageTokensTest, CarryAPosition) {
  const auto position = tokens_.Open(Make(), "query", clock_.Now());

  ASSERT_THAT(position, IsOk());
  EXPECT_EQ(position->as_of_size(), 1'000);
  EXPECT_EQ(position->last_seq(), 77);
  EXPECT_EQ(position->asked_at(), -5);
}

TEST_F(PageTokensTest, CarryTheLargestNumbers) {
  v1::PagePosition largest;
  largest.set_as_of_size(~uint64_t{0});
  largest.set_last_seq(~uint64_t{0} - 1);

  const auto position =
      tokens_.Open(tokens_.Make(largest, "query", clock_.Now()), "query", clock_.Now());

  ASSERT_THAT(position, IsOk());
  EXPECT_EQ(position->as_of_size(), largest.as_of_size());
  EXPECT_EQ(position->last_seq(), largest.last_seq());
}

TEST_F(PageTokensTest, AChangeInAnyByteIsFound) {
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(Make(), &bytes));

  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(ReasonFor(absl::WebSafeBase64Escape(changed)), "PAGE_TOKEN_INVALID") << i;
  }
}

TEST_F(PageTokensTest, AChangeInAnyCharacterIsFound) {
  const std::string token = Make();

  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ReasonFor(changed), "PAGE_TOKEN_INVALID") << i;
  }
}

TEST_F(PageTokensTest, OnlyOneSpellingCounts) {
  const std::string token = Make();

  for (const std::string& other : {token + "=", token + "==", " " + token, token + "\n",
                                   token.substr(0, 9) + "\n" + token.substr(9)}) {
    EXPECT_EQ(ReasonFor(other), "PAGE_TOKEN_INVALID") << other;
  }
}

TEST_F(PageTokensTest, OfAnotherLengthAreInvalid) {
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(Make(), &bytes));

  for (const std::string& other : {std::string(), bytes.substr(0, bytes.size() - 1), bytes + "x",
                                   std::string("\x01"), std::string(4'096, '\x01')}) {
    EXPECT_EQ(ReasonFor(absl::WebSafeBase64Escape(other)), "PAGE_TOKEN_INVALID");
  }
}

TEST_F(PageTokensTest, BelongToOneQuery) {
  EXPECT_EQ(ReasonFor(Make("query"), "another query"), "PAGE_TOKEN_MISMATCH");
  EXPECT_THAT(tokens_.Open(Make("query"), "another query", clock_.Now()),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(PageTokensTest, OfAnotherStoreAreInvalid) {
  const PageTokens others(std::string(32, 'x'));

  EXPECT_EQ(ReasonFor(others.Make({}, "query", clock_.Now())), "PAGE_TOKEN_INVALID");
}

TEST_F(PageTokensTest, ExpireAfterADay) {
  const std::string token = Make();

  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(ReasonFor(token), "");

  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ReasonFor(token), "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace daybook::query
