#include "contract/event_erasure_contract.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "query/filter.h"
#include "support/new_events.h"
#include "support/status_matchers.h"

namespace daybook::contract {

using ::daybook::audit::v1::Event;
using ::daybook::ledger::Group;
using ::daybook::storage::Erasure;
using ::daybook::storage::NewEvent;
using ::daybook::storage::SeqRange;
using ::daybook::testing::FullEvent;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

constexpr int kEvents = 11;  // more than two of the tiny segments hold

SeqRange Only(uint64_t seq) { return {.first = Seq(seq), .last = Seq(seq)}; }

bool GoOn() { return false; }

}  // namespace

// Every test program links this suite; only an engine's runs it.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EventErasureContract);

EventErasureContract::EventErasureContract() : person_({Only(1), Only(4), Only(7), Only(10)}) {
  for (uint64_t i = 0; i < kEvents; ++i) {
    EXPECT_THAT(Append({Numbered(i)}), IsOk());
    before_.push_back(store_->Get(Seq(i)).value());
  }
}

NewEvent EventErasureContract::Numbered(uint64_t number) const {
  Event event = FullEvent();
  event.clear_event_time();
  event.set_telegram_id(absl::StrCat("person-", number % 3));
  event.set_user_id(static_cast<int64_t>(number % 3));
  event.set_producer_sequence(number);
  return Make(event, absl::StrCat("id-", number));
}

std::vector<uint64_t> EventErasureContract::Find(const std::string& filter) {
  const auto found = store_->Scan({.filter = query::Filter::Parse(filter).value(),
                                   .order = storage::ScanOrder::kSeq,
                                   .as_of = store_->Size(),
                                   .last_examined = {}});
  EXPECT_THAT(found, IsOk());
  std::vector<uint64_t> seqs;
  if (!found.ok()) return seqs;
  for (const Event& event : found->events) seqs.push_back(event.seq());
  return seqs;
}

void EventErasureContract::ExpectLeavesAsBefore() {
  for (uint64_t seq = 0; seq < before_.size(); ++seq) {
    const auto event = store_->Get(Seq(seq));
    ASSERT_THAT(event, IsOk());
    EXPECT_EQ(event->leaf_hash(), before_[seq].leaf_hash()) << seq;
    const ledger::Node leaf{.height = 0, .index = seq};
    const auto stored = store_->ReadNodes({&leaf, 1});
    ASSERT_THAT(stored, IsOk());
    EXPECT_EQ(ledger::AsBytes(stored->front()), before_[seq].leaf_hash()) << seq;
  }
}

TEST_P(EventErasureContract, TakesTheFieldsOutAndKeepsEveryLeaf) {
  ASSERT_THAT(store_->Erase({.ranges = person_, .groups = {Group::kSubject, Group::kClient}}, GoOn),
              IsOk());

  for (const uint64_t seq : {1, 4, 7, 10}) {
    Event expected = before_[seq];
    expected.clear_telegram_id();
    expected.clear_user_id();
    expected.clear_actor();
    expected.clear_ip_address();
    expected.clear_user_agent();
    EXPECT_EQ(store_->Get(Seq(seq))->SerializeAsString(), expected.SerializeAsString()) << seq;
  }
  for (const uint64_t seq : {0, 2, 3, 5, 6, 8, 9}) {
    EXPECT_EQ(store_->Get(Seq(seq))->SerializeAsString(), before_[seq].SerializeAsString()) << seq;
  }
  ExpectLeavesAsBefore();
}

TEST_P(EventErasureContract, ALeafTellsWhatIsErasedAndOpensTheRest) {
  ASSERT_THAT(store_->Erase({.ranges = person_, .groups = {Group::kSubject, Group::kClient}}, GoOn),
              IsOk());

  const auto leaf = store_->GetLeaf(Seq(4));

  ASSERT_THAT(leaf, IsOk());
  EXPECT_EQ(ledger::AsBytes(ledger::LeafHash(leaf->bytes)), before_[4].leaf_hash());
  EXPECT_THAT(leaf->erased, ElementsAre(Group::kSubject, Group::kClient));
  ASSERT_EQ(leaf->openings.size(), 2U);
  EXPECT_EQ(leaf->openings[0].group, Group::kObject);
  EXPECT_EQ(leaf->openings[1].group, Group::kDetails);
  const ledger::Opening& details = leaf->openings[1];
  EXPECT_EQ(details.fields, ledger::EncodeGroup(Group::kDetails, before_[4]));
  const ledger::Hash commitment = ledger::Commit(details.group, details.salt, details.fields);
  EXPECT_NE(leaf->bytes.find(std::string(ledger::AsBytes(commitment))), std::string::npos);
}

TEST_P(EventErasureContract, NobodyFindsThePersonAnyMoreAndEverybodyTheOthers) {
  ASSERT_THAT(store_->Erase({.ranges = person_, .groups = {Group::kSubject}}, GoOn), IsOk());

  EXPECT_THAT(Find("telegram_id = \"person-1\""), IsEmpty());
  EXPECT_THAT(Find("user_id = 1"), IsEmpty());
  EXPECT_THAT(Find("telegram_id = \"person-2\""), ElementsAre(2, 5, 8));
  EXPECT_THAT(Find("user_id = 0"), ElementsAre(0, 3, 6, 9));
  EXPECT_EQ(Find("resource_id = \"42\"").size(), size_t{kEvents});
  EXPECT_EQ(Find("action = \"withdrawal_failed\"").size(), size_t{kEvents});
}

TEST_P(EventErasureContract, ErasesAllOfManyNeighbours) {
  ASSERT_THAT(
      store_->Erase({.ranges = {{.first = Seq(2), .last = Seq(9)}}, .groups = {Group::kDetails}},
                    GoOn),
      IsOk());

  for (uint64_t seq = 0; seq < kEvents; ++seq) {
    EXPECT_EQ(store_->Get(Seq(seq))->details().empty(), seq >= 2 && seq <= 9) << seq;
  }
  ExpectLeavesAsBefore();
}

TEST_P(EventErasureContract, ErasesAnotherGroupLater) {
  ASSERT_THAT(store_->Erase({.ranges = person_, .groups = {Group::kSubject}}, GoOn), IsOk());
  ASSERT_THAT(store_->Erase({.ranges = {Only(3), Only(4)}, .groups = {Group::kClient}}, GoOn),
              IsOk());

  const Event twice = store_->Get(Seq(4)).value();
  EXPECT_EQ(twice.telegram_id(), "");
  EXPECT_EQ(twice.ip_address(), "");
  EXPECT_EQ(twice.details(), before_[4].details());
  EXPECT_EQ(store_->Get(Seq(3))->telegram_id(), "person-0");
  ExpectLeavesAsBefore();
}

TEST_P(EventErasureContract, ErasingAgainChangesNothing) {
  const Erasure erasure = {.ranges = person_, .groups = {Group::kSubject, Group::kObject}};
  ASSERT_THAT(store_->Erase(erasure, GoOn), IsOk());
  const std::string once = store_->Get(Seq(4))->SerializeAsString();

  ASSERT_THAT(store_->Erase(erasure, GoOn), IsOk());

  EXPECT_EQ(store_->Get(Seq(4))->SerializeAsString(), once);
  ExpectLeavesAsBefore();
}

TEST_P(EventErasureContract, ARequestIsFoundUnlessItsIdIsErased) {
  ASSERT_THAT(store_->Erase({.ranges = {Only(1)}, .groups = {Group::kSubject}}, GoOn), IsOk());
  ASSERT_THAT(store_->Erase({.ranges = {Only(4)}, .groups = {Group::kObject}}, GoOn), IsOk());

  const auto kept = store_->FindRepeated(Numbered(1));
  ASSERT_THAT(kept, IsOk());
  ASSERT_TRUE(kept->has_value());
  EXPECT_EQ((*kept)->seq(), 1U);
  const auto erased = store_->FindRepeated(Numbered(4));
  ASSERT_THAT(erased, IsOk());
  EXPECT_EQ(*erased, std::nullopt);
  EXPECT_TRUE(store_->FindRepeated(Numbered(5))->has_value());
}

TEST_P(EventErasureContract, TheLogGoesOn) {
  ASSERT_THAT(store_->Erase({.ranges = person_, .groups = {Group::kSubject}}, GoOn), IsOk());

  for (uint64_t i = kEvents; i < uint64_t{2} * kEvents; ++i) {
    const auto receipt = Append({Numbered(i)});
    ASSERT_THAT(receipt, IsOk());
    EXPECT_EQ(receipt->first_seq, Seq(i));
  }
  EXPECT_THAT(Find("telegram_id = \"person-1\""), ElementsAre(13, 16, 19));
  ExpectLeavesAsBefore();
}

TEST_P(EventErasureContract, StopsWhereNobodyWaitsForIt) {
  EXPECT_THAT(store_->Erase({.ranges = person_, .groups = {Group::kSubject}}, [] { return true; }),
              HasCode(absl::StatusCode::kCancelled));

  ASSERT_THAT(store_->Erase({.ranges = person_, .groups = {Group::kSubject}}, GoOn), IsOk());
  EXPECT_THAT(Find("user_id = 1"), IsEmpty());
}

TEST_P(EventErasureContract, CountsWhatIsWrittenAnew) {
  EXPECT_EQ(store_->CountRewrites({.ranges = {}, .groups = {Group::kSubject}}), 0U);
  EXPECT_EQ(store_->CountRewrites({.ranges = {Only(1)}, .groups = {Group::kSubject}}), 1U);
}

}  // namespace daybook::contract
