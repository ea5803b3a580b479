#include "verify/erasures.h"

#include <gmock/gmock.h>

namespace daybook::verify {
namespace {

using ::daybook::ledger::Group;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

const GroupSet kSubject = SetOf(Group::kSubject);
const GroupSet kClient = SetOf(Group::kClient);
const auto kBoth = static_cast<GroupSet>(kSubject | kClient);

Declaration Declared(uint64_t seq, GroupSet groups,
                     std::vector<std::pair<uint64_t, uint64_t>> ranges) {
  return {.seq = seq, .groups = groups, .ranges = std::move(ranges)};
}

std::vector<uint64_t> UndeclaredAmong(const std::vector<ErasedRange>& erased,
                                      const std::vector<Declaration>& declarations) {
  Findings findings;
  CheckDeclared(erased, declarations, findings);
  std::vector<uint64_t> seqs;
  for (const Finding& finding : findings.list()) {
    EXPECT_EQ(finding.fault, Fault::kUndeclaredErasure);
    seqs.push_back(*finding.first_seq);
  }
  return seqs;
}

TEST(ParseDeclaration, ReadsGroupsAndRanges) {
  const Declaration declaration = ParseDeclaration(
      9, R"({"by":"x","ticket":"T-1","reason":"r","groups":["subject","client"],"count":3})",
      R"({"ranges":[[1,2],[5,5]]})");

  EXPECT_EQ(declaration.seq, 9U);
  EXPECT_EQ(declaration.groups, kBoth);
  EXPECT_THAT(declaration.ranges, ElementsAre(Pair(1, 2), Pair(5, 5)));
}

TEST(ParseDeclaration, WhatIsInNoFormDeclaresNothing) {
  for (const char* const details :
       {"", "no JSON", "[]", R"({"ranges":7})", R"({"ranges":[[1],[3,2],["a","b"]]})"}) {
    const auto ranges = ParseDeclaration(9, R"({"groups":["subject"]})", details).ranges;
    EXPECT_THAT(ranges, IsEmpty()) << details;
  }
  EXPECT_EQ(ParseDeclaration(9, R"({"groups":["people"]})", "{}").groups, 0);
}

TEST(CheckDeclared, ADeclaredErasureIsFine) {
  EXPECT_THAT(UndeclaredAmong({{1, 3, kSubject}}, {Declared(9, kSubject, {{1, 3}})}), IsEmpty());
  EXPECT_THAT(UndeclaredAmong({{1, 3, kBoth}},
                              {Declared(8, kSubject, {{0, 5}}), Declared(9, kClient, {{1, 3}})}),
              IsEmpty());
}

TEST(CheckDeclared, FindsEachEventAndGroupThatWasNotDeclared) {
  EXPECT_THAT(UndeclaredAmong({{1, 3, kSubject}}, {Declared(9, kSubject, {{1, 2}})}),
              ElementsAre(3));
  EXPECT_THAT(UndeclaredAmong({{1, 1, kBoth}}, {Declared(9, kSubject, {{1, 1}})}), ElementsAre(1));
  EXPECT_THAT(UndeclaredAmong({{1, 1, kClient}}, {Declared(9, kSubject, {{1, 1}})}),
              ElementsAre(1));
}

TEST(CheckDeclared, AnEventDeclaresNothingOfWhatComesBehindIt) {
  EXPECT_THAT(UndeclaredAmong({{5, 5, kSubject}}, {Declared(4, kSubject, {{5, 5}})}),
              ElementsAre(5));
  EXPECT_THAT(UndeclaredAmong({{5, 5, kSubject}}, {Declared(5, kSubject, {{5, 5}})}),
              ElementsAre(5));
}

TEST(NotErased, FindsTheRestOfADeclaredRange) {
  const auto rest = NotErased({{2, 3, kSubject}, {5, 5, kBoth}}, {Declared(9, kSubject, {{1, 6}})});

  ASSERT_THAT(rest, SizeIs(3));
  EXPECT_EQ(rest[0].first, 1U);
  EXPECT_EQ(rest[0].last, 1U);
  EXPECT_EQ(rest[1].first, 4U);
  EXPECT_EQ(rest[1].last, 4U);
  EXPECT_EQ(rest[2].first, 6U);
  EXPECT_EQ(rest[2].last, 6U);
}

TEST(NotErased, WhatIsErasedOfOtherGroupsIsNot) {
  EXPECT_THAT(NotErased({{1, 1, kClient}}, {Declared(9, kSubject, {{1, 1}})}), SizeIs(1));
  EXPECT_THAT(NotErased({{1, 1, kBoth}}, {Declared(9, kSubject, {{1, 1}})}), IsEmpty());
}

}  // namespace
}  // namespace daybook::verify
