#include "contract/erasure_journal_contract.h"

#include <vector>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::contract {

using ::daybook::ledger::Group;
using ::daybook::storage::Erasure;
using ::daybook::storage::PlannedErasure;
using ::daybook::testing::IsOk;
using ::testing::IsEmpty;

namespace {

const Erasure kSome = {
    .ranges = {{.first = Seq(1), .last = Seq(1)}, {.first = Seq(3), .last = Seq(1'000'000)}},
    .groups = {Group::kSubject, Group::kDetails}};
const Erasure kOther = {.ranges = {{.first = Seq(0), .last = Seq(0)}}, .groups = {Group::kClient}};

}  // namespace

// Every test program links this suite; only an engine's runs it.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ErasureJournalContract);

TEST_P(ErasureJournalContract, ANewOneIsEmpty) { EXPECT_THAT(*journal_->Unfinished(), IsEmpty()); }

TEST_P(ErasureJournalContract, WhatIsPlannedIsUnfinishedInItsOrder) {
  const auto some = journal_->Plan("some", kSome, LogSize(5));
  const auto other = journal_->Plan("other", kOther, LogSize(7));
  ASSERT_THAT(some, IsOk());
  ASSERT_THAT(other, IsOk());

  const std::vector<PlannedErasure> unfinished = *journal_->Unfinished();

  ASSERT_EQ(unfinished.size(), 2U);
  EXPECT_EQ(unfinished[0].id, some->id);
  EXPECT_EQ(unfinished[0].name, "some");
  EXPECT_EQ(unfinished[0].planned_at, LogSize(5));
  EXPECT_EQ(unfinished[0].erasure, kSome);
  EXPECT_EQ(unfinished[1].name, "other");
  EXPECT_EQ(unfinished[1].erasure, kOther);
  EXPECT_NE(some->id, other->id);
}

TEST_P(ErasureJournalContract, WhatIsCompletedOrForgottenIsNot) {
  const auto completed = journal_->Plan("completed", kSome, LogSize(5));
  const auto forgotten = journal_->Plan("forgotten", kSome, LogSize(5));
  const auto left = journal_->Plan("left", kSome, LogSize(5));

  EXPECT_THAT(journal_->Complete(*completed, Micros{7}), IsOk());
  EXPECT_THAT(journal_->Forget(*forgotten), IsOk());
  EXPECT_THAT(journal_->Forget(*forgotten), IsOk());

  const std::vector<PlannedErasure> unfinished = *journal_->Unfinished();
  ASSERT_EQ(unfinished.size(), 1U);
  EXPECT_EQ(unfinished[0].name, left->name);
}

}  // namespace daybook::contract
