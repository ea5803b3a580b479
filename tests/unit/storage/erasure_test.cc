#include "storage/erasure.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::storage {
namespace {

using ::daybook::ledger::Group;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;

const auto kNotTaken = HasCode(absl::StatusCode::kInvalidArgument);

TEST(Ranges, AreWrittenAndReadBack) {
  const std::vector<SeqRange> ranges = {
      {.first = Seq(0), .last = Seq(0)},
      {.first = Seq(2), .last = Seq(18'446'744'073'709'551'615U)}};

  EXPECT_EQ(RangesText(ranges), "[[0,0],[2,18446744073709551615]]");
  ASSERT_THAT(ParseRanges(RangesText(ranges)), IsOk());
  EXPECT_EQ(*ParseRanges(RangesText(ranges)), ranges);
}

TEST(Ranges, AreReadInOneWayOnly) {
  for (const std::string text :
       {"", "[]", "[[]]", "[[1]]", "[[1,2,3]]", "[[2,1]]", "[[1,2],[2,3]]", "[[3,4],[1,2]]",
        "[[1, 2]]", "[[01,2]]", "[[+1,2]]", "[[-1,2]]", "[[1,2]", "[1,2]", "[[1,2]],", "[[a,b]]",
        "[[1,18446744073709551616]]"}) {
    EXPECT_THAT(ParseRanges(text), kNotTaken) << text;
  }
}

TEST(Groups, AreWrittenAndReadBackInTheirOrder) {
  EXPECT_EQ(GroupsText({Group::kSubject, Group::kClient, Group::kObject, Group::kDetails}),
            "subject,client,object,details");
  EXPECT_THAT(*ParseGroups("details,subject,details"),
              ElementsAre(Group::kSubject, Group::kDetails));
  for (const std::string text : {"", "subject,", "Subject", "subject, client", "person"}) {
    EXPECT_THAT(ParseGroups(text), kNotTaken) << text;
  }
}

TEST(IsProtected, WhatTellsOfTheLogItself) {
  for (const std::string action :
       {"audit.erased", "audit.rolled_back", "ledger.key_added", "segment.sealed"}) {
    EXPECT_TRUE(IsProtected(action)) << action;
  }
  for (const std::string action :
       {"login", "audit.query", "migration.applied", "detection.fired", "ledgers"}) {
    EXPECT_FALSE(IsProtected(action)) << action;
  }
}

}  // namespace
}  // namespace daybook::storage
