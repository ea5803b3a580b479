#include "verify/manifests.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "ledger/compact_range.h"
#include "support/naive_tree.h"

namespace daybook::verify {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint64_t kBlock = 65'536;
constexpr uint64_t kSpan = 2 * kBlock;

// A log of five blocks, and so of two spans and a half, that sums up both.
class ManifestsTest : public ::testing::Test {
 protected:
  ManifestsTest() : blocks_{.roots = testing::NumberedLeaves(0, 5)} {
    for (int64_t block = 0; block < 5; ++block) {
      storage::SpanSummary summary{.first_time = block * 10, .last_time = block * 10 + 9};
      storage::Count(summary.counts, "login", 1, kBlock - 1);
      storage::Count(summary.counts, absl::StrCat("of_block_", block), 2);
      blocks_.summaries.push_back(summary);
    }
    for (uint64_t span = 0; span < 2; ++span) {
      const storage::SpanSummary summary = SummaryOf(span);
      said_.push_back({.seq = 4 * kBlock + span, .text = TextOf(span, summary)});
      kept_[span] = {.span = span,
                     .seq = Seq(said_.back().seq),
                     .counts = storage::CountsText(summary.counts)};
    }
  }

  storage::SpanSummary SummaryOf(uint64_t span) const {
    storage::SpanSummary summary = blocks_.summaries[2 * span];
    summary.last_time = blocks_.summaries[2 * span + 1].last_time;
    storage::Merge(summary.counts, blocks_.summaries[2 * span + 1].counts);
    return summary;
  }

  std::string TextOf(uint64_t span, const storage::SpanSummary& summary) const {
    return storage::ManifestOf(
        span, kSpan, ledger::NodeHash(blocks_.roots[2 * span], blocks_.roots[2 * span + 1]),
        summary);
  }

  // What is found, each as "seq what".
  std::vector<std::string> Found(Findings findings = {}) {
    const size_t before = findings.list().size();
    CheckManifests(kSpan, blocks_, said_, kept_, 5 * kBlock, findings);
    std::vector<std::string> found;
    for (size_t i = before; i < findings.list().size(); ++i) {
      const Finding& finding = findings.list()[i];
      EXPECT_EQ(finding.fault, Fault::kManifestMismatch);
      found.push_back(absl::StrCat(finding.first_seq ? absl::StrCat(*finding.first_seq) : "none",
                                   " ", finding.what));
    }
    return found;
  }

  Blocks blocks_;
  std::vector<Manifest> said_;
  std::map<uint64_t, storage::StoredManifest> kept_;
};

TEST_F(ManifestsTest, WhatIsRightIsFoundToBe) { EXPECT_THAT(Found(), IsEmpty()); }

TEST_F(ManifestsTest, AManifestOfOtherEventsIsNamed) {
  storage::SpanSummary wrong = SummaryOf(1);
  storage::Count(wrong.counts, "login", 1);
  said_[1].text = TextOf(1, wrong);

  EXPECT_THAT(Found(), ElementsAre(absl::StrCat(said_[1].seq, " public_details")));
}

TEST_F(ManifestsTest, AManifestOfAnotherRootIsNamed) {
  blocks_.roots[0].front() ^= 1;

  EXPECT_THAT(Found(), ElementsAre(absl::StrCat(said_[0].seq, " public_details")));
}

TEST_F(ManifestsTest, WhatIsNoManifestIsNamed) {
  kept_.clear();
  const std::string right = said_[0].text;
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string(R"({"first":x)"),
        std::string(R"({"first":1,"last":131072)"), absl::StrCat(right, " "), right.substr(1)}) {
    said_ = {{.seq = 4 * kBlock, .text = text}};
    EXPECT_THAT(Found(), ElementsAre(absl::StrCat(4 * kBlock, " public_details"))) << text;
  }
}

TEST_F(ManifestsTest, NoneIsOfASpanThatWasNotCompleteYet) {
  said_[1].seq = 2 * kSpan - 1;
  kept_.clear();

  EXPECT_THAT(Found(), ElementsAre(absl::StrCat(2 * kSpan - 1, " public_details")));
}

TEST_F(ManifestsTest, ATableThatWasEditedIsNamed) {
  kept_[0].counts += "login,DENIED,1\n";

  EXPECT_THAT(Found(), ElementsAre("none ledger.db: the counts of span 0"));
}

TEST_F(ManifestsTest, ATableThatNamesAnotherEventIsNamed) {
  kept_[1].seq = Seq(said_[0].seq);

  EXPECT_THAT(Found(), ElementsAre(HasSubstr("does not sum it up")));
}

TEST_F(ManifestsTest, AHoleInTheTablesIsNamed) {
  kept_.erase(0);

  EXPECT_THAT(Found(), ElementsAre("none ledger.db: the counts of span 0 are missing"));
}

TEST_F(ManifestsTest, WhereRowsAreWrongThatIsWhatIsWrong) {
  storage::Count(blocks_.summaries[0].counts, "login", 2);
  Findings rows;
  rows.Add(Fault::kLeafMismatch, 17, "outcome");

  EXPECT_THAT(Found(rows), IsEmpty());
}

TEST_F(ManifestsTest, WhatWasRecordedSinceTheLogWasLookedAtIsLeft) {
  kept_[1].seq = Seq(5 * kBlock);

  EXPECT_THAT(Found(), IsEmpty());
}

}  // namespace
}  // namespace daybook::verify
