#include "detect/silence_watch.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "observed.h"

namespace daybook::detect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSilent[] =
    R"(rule { name: "silent" group_by: GROUP_BY_PRODUCER silent_for: "60s" })";

TEST(SilenceWatch, FiresOnceWhereAKeyFallsSilent) {
  Watching watching(kSilent);
  watching.Observe(0, {.producer = "shop"});
  watching.Observe(30, {.producer = "bank"});
  EXPECT_THAT(watching.Tick(59), IsEmpty());

  const std::vector<Firing> firings = watching.Tick(61);

  ASSERT_THAT(firings, SizeIs(1));
  EXPECT_THAT(firings[0].keys, ElementsAre("shop"));
  EXPECT_EQ(firings[0].fired_at, kStart + 60 * kSecond);
  EXPECT_EQ(firings[0].count, 0U);
  EXPECT_THAT(firings[0].seqs, ElementsAre(0));
  EXPECT_THAT(watching.Tick(80), IsEmpty());
  EXPECT_THAT(watching.Tick(10'000), SizeIs(1)) << "the bank";
}

TEST(SilenceWatch, FiresAgainAtTheNextSilence) {
  Watching watching(kSilent);
  watching.Observe(0, {});
  EXPECT_THAT(watching.Tick(60), SizeIs(1));
  EXPECT_THAT(watching.Observe(100, {}), IsEmpty());

  EXPECT_THAT(watching.Tick(159), IsEmpty());
  EXPECT_THAT(watching.Tick(160), SizeIs(1));
}

TEST(SilenceWatch, FiresAtTheEventThatEndsASilenceWhichNobodyTicked) {
  Watching watching(kSilent);
  watching.Observe(0, {});
  EXPECT_THAT(watching.Observe(59, {}), IsEmpty());

  const std::vector<Firing> firings = watching.Observe(119, {});

  ASSERT_THAT(firings, SizeIs(1));
  EXPECT_EQ(firings[0].fired_at, kStart + 119 * kSecond);
  EXPECT_THAT(watching.Tick(150), IsEmpty());
}

TEST(SilenceWatch, KnowsNothingOfKeysThatNeverCame) {
  Watching watching(kSilent);

  EXPECT_THAT(watching.Tick(10'000), IsEmpty());
}

TEST(SilenceWatch, WithoutGroupsItNeedsNoFirstEvent) {
  Watching watching(R"(rule { name: "backup" filter: "action = backup_done" silent_for: "60s" })");
  watching.Observe(30, {.action = "login"});

  const std::vector<Firing> firings = watching.Tick(60);

  ASSERT_THAT(firings, SizeIs(1));
  EXPECT_THAT(firings[0].keys, IsEmpty());
  EXPECT_THAT(firings[0].seqs, IsEmpty());
  EXPECT_THAT(watching.Tick(10'000), IsEmpty());
}

TEST(SilenceWatch, CountsNoSilenceFromBeforeThePresent) {
  Watches watches({});
  watches.Replace(ParseRules("r", kSilent).value());
  watches.Replay(Recorded(0, 0, {}), kStart);
  watches.EndReplay(kStart + 500 * kSecond);

  EXPECT_THAT(watches.Tick(kStart + 559 * kSecond), IsEmpty());
  EXPECT_THAT(watches.Tick(kStart + 560 * kSecond), SizeIs(1));
}

TEST(SilenceWatch, DoesNotTellAgainOfASilenceThatItToldOf) {
  Watches watches({});
  watches.Replace(ParseRules("r", kSilent).value());
  for (const char* producer : {"shop", "bank"}) {
    watches.Recall({.rule = "silent",
                    .group_by = {audit::v1::GROUP_BY_PRODUCER},
                    .keys = {producer},
                    .fired_at = kStart + 60 * kSecond});
  }
  watches.Replay(Recorded(0, 0, {.producer = "shop"}), kStart + 70 * kSecond);
  watches.Replay(Recorded(1, 0, {.producer = "bank"}), kStart + 70 * kSecond);
  watches.Replay(Recorded(2, 70, {.producer = "bank"}), kStart + 70 * kSecond);
  watches.EndReplay(kStart + 80 * kSecond);

  const std::vector<Firing> firings = watches.Tick(kStart + 1'000 * kSecond);

  ASSERT_THAT(firings, SizeIs(1));
  EXPECT_THAT(firings[0].keys, ElementsAre("bank"));
}

TEST(SilenceWatch, ForgetsTheKeyThatIsSilentForLongestWhereThereAreTooMany) {
  Watching watching(kSilent, {.max_keys = 2});
  for (int i = 0; i < 5; ++i) watching.Observe(i, {.producer = absl::StrCat("p", i)});

  EXPECT_EQ(watching.watches().Usages().front().evicted, 3U);
  EXPECT_THAT(watching.Tick(100), SizeIs(2));
}

}  // namespace
}  // namespace daybook::detect
