#include "verify/key_chain.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "ledger/note.h"
#include "support/status_matchers.h"

namespace daybook::verify {
namespace {

using ::daybook::ledger::SigningKey;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr char kOrigin[] = "test.example/log";

class KeyChainTest : public ::testing::Test {
 protected:
  static SigningKey KeyOf(uint8_t seed) { return {kOrigin, ledger::KeyType::kLog, {seed}}; }

  static ClaimedHead HeadOf(uint64_t size, const std::vector<SigningKey>& keys) {
    ledger::Note note{.text = ledger::FormatCheckpoint(
                          {.origin = kOrigin, .head = {.size = LogSize(size), .root = {1}}}),
                      .signatures = {}};
    for (const SigningKey& key : keys) {
      note.signatures.push_back(key.Sign(note.text, absl::UnixEpoch()));
    }
    return {.size = size, .note = ledger::FormatNote(note)};
  }

  static KeyEvent Event(uint64_t seq, bool adds, const SigningKey& key, const SigningKey& by) {
    return {.seq = seq,
            .adds = adds,
            .change = ledger::KeyChange{.key = key.verifier(), .signed_by = by.verifier()}};
  }

  KeyChain Follow(const std::vector<ledger::VerifierKey>& given) const {
    return KeyChain::Follow(given, events_, heads_);
  }

  static void ExpectForged(const KeyChain& chain, const ClaimedHead& head) {
    EXPECT_THAT(chain.Open(head), HasCode(absl::StatusCode::kUnauthenticated)) << head.note;
  }

  const SigningKey first_ = KeyOf(1);
  const SigningKey second_ = KeyOf(2);
  const SigningKey third_ = KeyOf(3);
  const SigningKey stranger_ = KeyOf(9);
  // The second key from event 10 on, without the first from 20 on; the third from 30 on.
  std::vector<KeyEvent> events_ = {Event(10, true, second_, first_),
                                   Event(20, false, first_, second_),
                                   Event(30, true, third_, second_)};
  std::vector<ClaimedHead> heads_ = {HeadOf(5, {first_}), HeadOf(15, {first_, second_}),
                                     HeadOf(25, {second_}), HeadOf(35, {second_, third_})};
};

TEST_F(KeyChainTest, EachKeyLeadsToTheOthers) {
  for (const SigningKey& known : {first_, second_, third_}) {
    const KeyChain chain = Follow({known.verifier()});
    for (const ClaimedHead& head : heads_) EXPECT_THAT(chain.Open(head), IsOk()) << head.note;
  }
}

TEST_F(KeyChainTest, AKeySignsFromItsEventOnAndUntilItIsRetired) {
  const KeyChain chain = Follow({first_.verifier()});

  EXPECT_THAT(chain.Open(HeadOf(11, {second_})), IsOk());
  ExpectForged(chain, HeadOf(10, {second_}));
  EXPECT_THAT(chain.Open(HeadOf(20, {first_})), IsOk());
  ExpectForged(chain, HeadOf(21, {first_}));
  ExpectForged(chain, HeadOf(30, {third_}));
}

TEST_F(KeyChainTest, AKeyThatTheLogDoesNotNameNeverSigns) {
  const KeyChain chain = Follow({first_.verifier(), stranger_.verifier()});

  ExpectForged(chain, HeadOf(5, {stranger_}));
  ExpectForged(chain, HeadOf(40, {stranger_}));
  EXPECT_THAT(chain.Open(HeadOf(40, {stranger_, third_})), IsOk());
}

TEST_F(KeyChainTest, AnEventThatNoKnownKeyCoversIsNotBelieved) {
  events_.push_back(Event(40, true, stranger_, third_));
  heads_.push_back(HeadOf(41, {stranger_}));
  const KeyChain chain = Follow({first_.verifier()});

  ExpectForged(chain, heads_.back());
  EXPECT_THAT(chain.Open(heads_.front()), IsOk());
}

TEST_F(KeyChainTest, AStrangersKeyLeadsNowhere) {
  const KeyChain chain = Follow({stranger_.verifier()});

  for (const ClaimedHead& head : heads_) ExpectForged(chain, head);
}

TEST_F(KeyChainTest, AHeadUnderAnotherSizeCoversNothing) {
  heads_ = {HeadOf(5, {first_}), HeadOf(35, {second_, third_})};
  heads_[0].size = 15;
  const KeyChain chain = Follow({first_.verifier()});

  ExpectForged(chain, heads_[1]);
}

TEST_F(KeyChainTest, WithoutEventsTheGivenKeysSignAll) {
  const KeyChain chain = KeyChain::Follow(std::vector{first_.verifier()}, {}, heads_);

  EXPECT_THAT(chain.Open(heads_[0]), IsOk());
  EXPECT_THAT(chain.Open(heads_[1]), IsOk());
  ExpectForged(chain, heads_[2]);
}

TEST_F(KeyChainTest, WithoutKeysNobodysSignatureIsLookedAt) {
  const KeyChain chain = Follow({});

  EXPECT_FALSE(chain.Checks());
  EXPECT_THAT(chain.Open(HeadOf(40, {stranger_})), IsOk());
}

}  // namespace
}  // namespace daybook::verify
