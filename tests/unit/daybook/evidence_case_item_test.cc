#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/timestamp.h"
#include "daybook/evidence/case_item.h"
#include "daybook/failure.h"
#include "ledger/redaction.h"
#include "ledger/salt.h"
#include "ledger/tree.h"
#include "support/status_matchers.h"

namespace daybook::cli::evidence {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::ledger::Group;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

// An event with something in each group, as a store holds it.
Event WholeEvent() {
  Event event;
  event.set_seq(1);
  SetTimestamp(1'763'683'200'000'000, event.mutable_created_at());
  SetTimestamp(1'763'683'200'000'000, event.mutable_event_time());
  event.set_tenant("default");
  event.set_source(audit::v1::SOURCE_CLAIMED);
  event.set_outcome(audit::v1::OUTCOME_FAILURE);
  event.set_action("login_failed");
  event.set_user_id(-7);
  event.set_ip_address("203.0.113.9");
  event.set_resource_id("s-1");
  event.set_details(R"({"a":1})");
  return event;
}

// The second of two leaves.
class CaseItemTest : public ::testing::Test {
 protected:
  CaseItemTest() {
    const ledger::OpenedLeaf leaf =
        ledger::Redaction(event_, ledger::DrawSalt()).Open(event_).value();
    item_.seq = Seq(1);
    item_.leaf_bytes = leaf.bytes;
    const ledger::Hash first = ledger::LeafHash("another");
    item_.proof = {first};
    const ledger::Hash hash = ledger::LeafHash(leaf.bytes);
    head_ = {.size = LogSize(2), .root = ledger::NodeHash(first, hash)};
    event_.set_leaf_hash(std::string(ledger::AsBytes(hash)));
    for (const ledger::Opening& opening : leaf.openings) {
      auto& added = *item_.openings.add_openings();
      added.set_group(static_cast<ledger::v1::FieldGroup>(opening.group));
      added.set_salt(std::string(ledger::AsBytes(opening.salt)));
      added.set_fields(opening.fields);
    }
  }

  void ExpectNotVerified() const {
    const absl::StatusOr<Event> event = ProvenEvent(item_, head_);
    EXPECT_TRUE(IsNotVerified(event.status())) << event.status();
  }

  Event event_ = WholeEvent();
  CaseItem item_;
  ledger::TreeHead head_;
};

TEST_F(CaseItemTest, TheLeafAndAllOpeningsMakeTheEvent) {
  const absl::StatusOr<Event> proven = ProvenEvent(item_, head_);

  ASSERT_THAT(proven, IsOk());
  EXPECT_THAT(CheckShown(event_, *proven), IsOk());
}

TEST_F(CaseItemTest, WithoutAnOpeningTheEventHasNothingOfThatGroup) {
  for (const Group group : ledger::kGroups) {
    CaseItem item = item_;
    item.openings.mutable_openings()->DeleteSubrange(static_cast<int>(group) - 1, 1);
    const absl::StatusOr<Event> proven = ProvenEvent(item, head_);
    ASSERT_THAT(proven, IsOk());
    EXPECT_TRUE(IsNotVerified(CheckShown(event_, *proven)));
    Event shown = event_;
    ledger::ClearGroup(group, shown);
    EXPECT_THAT(CheckShown(shown, *proven), IsOk()) << ledger::GroupName(group);
  }
}

TEST_F(CaseItemTest, WhatIsShownAndWasNotRecordedIsNamed) {
  const absl::StatusOr<Event> proven = ProvenEvent(item_, head_);
  ASSERT_THAT(proven, IsOk());
  event_.set_user_id(7);

  const absl::Status checked = CheckShown(event_, *proven);

  EXPECT_TRUE(IsNotVerified(checked));
  EXPECT_THAT(std::string(checked.message()), HasSubstr("user_id"));
}

TEST_F(CaseItemTest, AnyFlippedByteOfTheLeafIsNoticed) {
  const std::string whole = item_.leaf_bytes;
  for (size_t place = 0; place < whole.size(); ++place) {
    item_.leaf_bytes = whole;
    item_.leaf_bytes[place] = static_cast<char>(item_.leaf_bytes[place] ^ 1);
    ExpectNotVerified();
  }
}

TEST_F(CaseItemTest, AnotherSaltOrOtherFieldsDoNotOpenAGroup) {
  const auto whole = item_.openings;
  for (int i = 0; i < whole.openings_size(); ++i) {
    item_.openings = whole;
    item_.openings.mutable_openings(i)->mutable_salt()->front() ^= 1;
    ExpectNotVerified();
    item_.openings = whole;
    item_.openings.mutable_openings(i)->mutable_fields()->back() ^= 1;
    ExpectNotVerified();
    item_.openings = whole;
    item_.openings.mutable_openings(i)->set_group(ledger::v1::FIELD_GROUP_UNSPECIFIED);
    ExpectNotVerified();
  }
}

// Otherwise bytes could be moved from the fields onto the salt.
TEST_F(CaseItemTest, ASaltOfAnotherLengthIsRefused) {
  auto& opening = *item_.openings.mutable_openings(3);
  opening.mutable_salt()->push_back(opening.fields().front());
  opening.mutable_fields()->erase(0, 1);

  ExpectNotVerified();
}

TEST_F(CaseItemTest, AnOpeningTwiceOrOutOfOrderIsRefused) {
  *item_.openings.add_openings() = item_.openings.openings(0);

  ExpectNotVerified();
}

TEST_F(CaseItemTest, OnlyAGroupThatIsThereAndNotOpenedCanBeErased) {
  item_.openings.add_erased_groups(ledger::v1::FIELD_GROUP_DETAILS);
  ExpectNotVerified();
  item_.openings.mutable_openings()->RemoveLast();
  EXPECT_THAT(ProvenEvent(item_, head_), IsOk());
  item_.openings.add_erased_groups(ledger::v1::FIELD_GROUP_UNSPECIFIED);
  ExpectNotVerified();
}

TEST_F(CaseItemTest, AnotherPlaceProofOrTreeIsNoticed) {
  item_.seq = Seq(0);
  ExpectNotVerified();
  item_.seq = Seq(1);
  item_.proof[0][5] ^= 1;
  ExpectNotVerified();
  item_.proof.clear();
  ExpectNotVerified();
}

TEST(CaseGroups, HaveNamesThatAreFoundAgain) {
  for (const Group group : ledger::kGroups) EXPECT_EQ(GroupNamed(ledger::GroupName(group)), group);
  EXPECT_EQ(GroupNamed("none"), std::nullopt);
}

}  // namespace
}  // namespace daybook::cli::evidence
