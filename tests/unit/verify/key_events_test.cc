#include "verify/key_events.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daybook::verify {
namespace {

using ::testing::HasSubstr;

class KeyEventsTest : public ::testing::Test {
 protected:
  static ledger::VerifierKey KeyOf(uint8_t seed) {
    return ledger::SigningKey("test.example/log", ledger::KeyType::kLog, {seed}).verifier();
  }

  Findings Check(const std::vector<KeyRow>& rows, uint64_t signed_size = 100) const {
    Findings findings;
    CheckKeyRows(rows, events_, signed_size, findings);
    return findings;
  }
  void ExpectFound(const std::vector<KeyRow>& rows, const std::string& what) const {
    const Findings findings = Check(rows);
    ASSERT_FALSE(findings.empty());
    EXPECT_EQ(findings.list().front().fault, Fault::kKeyMismatch);
    EXPECT_THAT(findings.list().front().what, HasSubstr(what));
  }

  const std::string first_ = KeyOf(1).ToString();
  const std::string second_ = KeyOf(2).ToString();
  std::vector<KeyEvent> events_ = {
      {.seq = 10, .adds = true, .change = {{.key = KeyOf(2), .signed_by = KeyOf(1)}}},
      {.seq = 20, .adds = false, .change = {{.key = KeyOf(1), .signed_by = KeyOf(2)}}}};
  const std::vector<KeyRow> right_ = {{.verifier = first_, .retired = 20},
                                      {.verifier = second_, .added = 10}};
};

TEST_F(KeyEventsTest, RowsAreWhatTheEventsSay) { EXPECT_TRUE(Check(right_).empty()); }

TEST_F(KeyEventsTest, FindsRowsThatAreMissingOrWrong) {
  ExpectFound({right_[0]}, second_);
  ExpectFound({right_[1]}, first_);
  ExpectFound({{.verifier = first_}, right_[1]}, first_);
  ExpectFound({right_[0], {.verifier = second_, .added = 11}}, second_);
}

TEST_F(KeyEventsTest, FindsAKeyThatNoEventNames) {
  const std::string other = KeyOf(9).ToString();
  ExpectFound({right_[0], right_[1], {.verifier = other, .added = 30}}, other);
  ExpectFound({right_[0], right_[1], {.verifier = other}}, other);
}

TEST_F(KeyEventsTest, TheNewestEventMayLackItsRowUntilACheckpointCoversIt) {
  const std::vector<KeyRow> before = {{.verifier = first_}, right_[1]};

  EXPECT_TRUE(Check(before, 20).empty());
  EXPECT_FALSE(Check(before, 21).empty());
}

TEST_F(KeyEventsTest, TheFirstKeyOfALogNeedsNoEvent) {
  events_.clear();

  EXPECT_TRUE(Check({}).empty());
  EXPECT_TRUE(Check({{.verifier = first_}}).empty());
  ExpectFound({{.verifier = first_}, {.verifier = second_}}, "no event names");
  ExpectFound({{.verifier = first_, .added = 3}}, "no event names");
}

TEST_F(KeyEventsTest, FindsAnEventThatIsNotInItsForm) {
  events_.push_back({.seq = 30, .adds = true});

  const Findings findings = Check(right_);

  ASSERT_EQ(findings.count(), 1U);
  EXPECT_EQ(findings.list().front().first_seq, 30U);
}

}  // namespace
}  // namespace daybook::verify
