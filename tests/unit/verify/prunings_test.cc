#include "verify/prunings.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "ledger/canonical_text.h"
#include "support/naive_tree.h"

namespace daybook::verify {
namespace {

using ::daybook::ledger::Hash;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kDeclaredSpan = 65'536;
constexpr uint64_t kSeq = 3 * kDeclaredSpan;

// Three dropped spans.
const std::vector<Hash>& Roots() {
  static const std::vector<Hash> roots = testing::NumberedLeaves(0, 3);
  return roots;
}

std::vector<std::optional<Hash>> Known() { return {Roots().begin(), Roots().end()}; }

std::string TextOf(uint64_t first, uint64_t end, const std::string& words = "x") {
  std::string roots;
  for (uint64_t span = first; span < end; ++span) {
    absl::StrAppend(&roots, span == first ? "\"" : ",\"", ledger::ToBase64(Roots()[span]), "\"");
  }
  return absl::StrCat(R"({"first":)", first * kDeclaredSpan, R"(,"last":)", end * kDeclaredSpan - 1,
                      R"(,"by":"ops","ticket":"T-1","reason":")", words, R"(","roots":[)", roots,
                      "]}");
}

std::vector<uint64_t> Undeclared(const std::vector<Pruning>& prunings,
                                 const std::vector<std::optional<Hash>>& roots = Known(),
                                 uint64_t signed_size = kSeq + 10) {
  Findings findings;
  CheckDropsDeclared(kDeclaredSpan, roots, prunings, signed_size, findings);
  std::vector<uint64_t> spans;
  for (const Finding& finding : findings.list()) {
    EXPECT_EQ(finding.fault, Fault::kUndeclaredPruning);
    EXPECT_EQ(*finding.last_seq, *finding.first_seq + kDeclaredSpan - 1);
    spans.push_back(*finding.first_seq / kDeclaredSpan);
  }
  return spans;
}

TEST(PruningsTest, ReadsWhatTheServiceWrites) {
  const Pruning pruning = ParsePruning(kSeq, TextOf(0, 3));

  EXPECT_EQ(pruning.first, 0U);
  EXPECT_EQ(pruning.end, 3 * kDeclaredSpan);
  EXPECT_EQ(pruning.roots, Roots());
}

TEST(PruningsTest, WhatPeopleSaidIsNoPartOfTheRoots) {
  const Pruning pruning = ParsePruning(kSeq, TextOf(0, 1, R"(a \",\"roots\":[\"x\"]} b)"));

  EXPECT_THAT(pruning.roots, ElementsAre(Roots()[0]));
}

TEST(PruningsTest, WhatIsInAnotherFormDeclaresNothing) {
  const std::string right = TextOf(0, 1);
  for (const std::string& text :
       {std::string(), std::string("{}"), right.substr(1), absl::StrCat(" ", right),
        absl::StrCat(right, " "), right.substr(0, right.size() - 1),
        std::string(R"({"first":00,"last":65535,"by":"","roots":[]})"),
        std::string(R"({"first":0,"last":18446744073709551615,"by":"","roots":[""]})"),
        std::string(R"({"first":5,"last":4,"by":"","roots":[""]})")}) {
    EXPECT_THAT(Undeclared({ParsePruning(kSeq, text)}), ElementsAre(0, 1, 2)) << text;
  }
}

TEST(PruningsTest, AllSpansMustBeDeclaredWithTheirRoots) {
  EXPECT_THAT(Undeclared({ParsePruning(kSeq, TextOf(0, 3))}), IsEmpty());
  EXPECT_THAT(Undeclared({ParsePruning(kSeq, TextOf(0, 1)), ParsePruning(kSeq, TextOf(1, 3))}),
              IsEmpty());
  EXPECT_THAT(Undeclared({ParsePruning(kSeq, TextOf(0, 1)), ParsePruning(kSeq, TextOf(2, 3))}),
              ElementsAre(1));

  std::vector<std::optional<Hash>> others = Known();
  others[1]->front() ^= 1;
  EXPECT_THAT(Undeclared({ParsePruning(kSeq, TextOf(0, 3))}, others), ElementsAre(1));
}

TEST(PruningsTest, ADeclarationIsOneOnceItIsSigned) {
  const std::vector<Pruning> prunings = {ParsePruning(kSeq, TextOf(0, 3))};

  EXPECT_THAT(Undeclared(prunings, Known(), kSeq), ElementsAre(0, 1, 2));
  EXPECT_THAT(Undeclared(prunings, Known(), kSeq + 1), IsEmpty());
}

TEST(PruningsTest, NoneIsOfEventsBehindIt) {
  EXPECT_THAT(Undeclared({ParsePruning(3 * kDeclaredSpan - 1, TextOf(0, 3))}),
              ElementsAre(0, 1, 2));
}

TEST(PruningsTest, ASpanOfWhichTheRootIsNotKnownIsPassedOver) {
  std::vector<std::optional<Hash>> roots = Known();
  roots[0].reset();

  EXPECT_THAT(Undeclared({}, roots), ElementsAre(1, 2));
}

TEST(PruningsTest, TellsWhichEventsDeclare) {
  Findings findings;
  EXPECT_THAT(CheckDropsDeclared(kDeclaredSpan, Known(),
                                 {ParsePruning(kSeq, TextOf(0, 2)), ParsePruning(kSeq + 1, "{}"),
                                  ParsePruning(kSeq + 2, TextOf(2, 3))},
                                 kSeq + 10, findings),
              ElementsAre(kSeq, kSeq + 2));
}

}  // namespace
}  // namespace daybook::verify
