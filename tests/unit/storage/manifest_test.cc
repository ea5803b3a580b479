#include "storage/manifest.h"

#include <gmock/gmock.h>

namespace daybook::storage {
namespace {

TEST(SpanEvents, AreWholeSegmentsAndWholeSubtrees) {
  EXPECT_EQ(SpanEvents(262'144), 262'144U);
  EXPECT_EQ(SpanEvents(300), 65'536U);
  EXPECT_EQ(SpanEvents(1), 65'536U);
  EXPECT_EQ(SpanEvents(65'537), 131'072U);
}

TEST(CountsText, IsInOneOrderOfItsKinds) {
  CountTable counts;
  Count(counts, "login", 2);
  Count(counts, "login", 1);
  Count(counts, "login", 1);
  Count(counts, "a_b", 3);
  Count(counts, "a.b", 1);

  EXPECT_EQ(CountsText(counts), "a.b,SUCCESS,1\na_b,DENIED,1\nlogin,SUCCESS,2\nlogin,FAILURE,1\n");
}

TEST(CountsText, CountsAnOutcomeThatIsNoneApart) {
  CountTable counts;
  Count(counts, "login", 7);
  Count(counts, "login", -1);
  Count(counts, "login", 0);

  EXPECT_EQ(CountsText(counts), "login,,3\n");
}

TEST(ManifestOf, SaysTheSameBytesWhateverTheEngine) {
  SpanSummary summary{.first_time = 1'763'683'200'000'000, .last_time = 1'763'683'200'000'001};
  for (int i = 0; i < 3; ++i) Count(summary.counts, "login", i + 1);
  ledger::Hash root = {};
  root.back() = 1;

  EXPECT_EQ(ManifestOf(2, 262'144, root, summary),
            R"({"first":524288,"last":786431,)"
            R"("root":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=",)"
            R"("first_time":1763683200000000,"last_time":1763683200000001,)"
            R"("outcomes":{"SUCCESS":1,"FAILURE":1,"DENIED":1},)"
            R"("counts_sha256":")"
            "d453b14655a328d5b9194161a2b5b57f527126cf27dfe22154db9df6701112a8"
            R"("})");
}

}  // namespace
}  // namespace daybook::storage
