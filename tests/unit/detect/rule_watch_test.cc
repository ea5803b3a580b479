#include "detect/rule_watch.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "detect/group_key.h"
#include "observed.h"

namespace daybook::detect {
namespace {

using ::daybook::audit::v1::Event;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kThree[] = R"(rule { name: "three" filter: "action = login_failed"
  group_by: GROUP_BY_ACTOR window: "60s" threshold: 3 })";

TEST(RuleWatch, FiresAtTheEventThatReachesTheThreshold) {
  Watching watching(kThree);
  const Said mina{.actor = "mina"};

  EXPECT_THAT(watching.Observe(0, mina), IsEmpty());
  EXPECT_THAT(watching.Observe(1, {.actor = "sora"}), IsEmpty());
  EXPECT_THAT(watching.Observe(1, {.action = "login", .actor = "mina"}), IsEmpty());
  EXPECT_THAT(watching.Observe(2, mina), IsEmpty());
  const std::vector<Firing> firings = watching.Observe(59, mina);

  ASSERT_THAT(firings, SizeIs(1));
  EXPECT_EQ(firings[0].rule->name, "three");
  EXPECT_THAT(firings[0].keys, ElementsAre("mina"));
  EXPECT_EQ(firings[0].fired_at, kStart + 59 * kSecond);
  EXPECT_EQ(firings[0].count, 3U);
  EXPECT_THAT(firings[0].seqs, ElementsAre(0, 3, 4));
}

TEST(RuleWatch, WhatIsAWindowOldCountsNoMore) {
  Watching watching(kThree);
  const Said mina{.actor = "mina"};
  watching.Observe(0, mina);
  watching.Observe(1, mina);

  EXPECT_THAT(watching.Observe(60, mina), IsEmpty());
  EXPECT_THAT(watching.Observe(60, mina), SizeIs(1));
}

TEST(RuleWatch, DoesNotCountWhatHasNoKey) {
  Watching watching(kThree);

  for (int i = 0; i < 10; ++i) EXPECT_THAT(watching.Observe(0, {}), IsEmpty());
}

TEST(RuleWatch, CountsAllTogetherWithoutGroups) {
  Watching watching(R"(rule { name: "any" window: "60s" threshold: 3 })");
  watching.Observe(0, {.actor = "a"});
  watching.Observe(0, {.actor = "b"});

  const std::vector<Firing> firings = watching.Observe(0, {.actor = "c"});

  ASSERT_THAT(firings, SizeIs(1));
  EXPECT_THAT(firings[0].keys, IsEmpty());
}

TEST(RuleWatch, IsQuietForItsCooldownPerKey) {
  Watching watching(R"(rule { name: "two" group_by: GROUP_BY_ACTOR window: "60s" threshold: 2
                              cooldown: "5m" })");
  const Said mina{.actor = "mina"};
  watching.Observe(0, mina);
  EXPECT_THAT(watching.Observe(0, mina), SizeIs(1));

  EXPECT_THAT(watching.Observe(298, mina), IsEmpty());
  EXPECT_THAT(watching.Observe(299, mina), IsEmpty());
  watching.Observe(299, {.actor = "sora"});
  EXPECT_THAT(watching.Observe(299, {.actor = "sora"}), SizeIs(1));
  EXPECT_THAT(watching.Observe(300, mina), SizeIs(1));
  EXPECT_THAT(watching.Observe(300, mina), IsEmpty());
}

TEST(RuleWatch, CountsDifferentValues) {
  Watching watching(R"(rule { name: "spray" group_by: GROUP_BY_IP_ADDRESS
                              count_distinct: GROUP_BY_ACTOR window: "60s" threshold: 3 })");
  const auto from = [&](int64_t seconds, const std::string& actor) {
    return watching.Observe(seconds, {.actor = actor, .ip_address = "10.0.0.1"});
  };
  from(0, "a");
  from(10, "b");
  EXPECT_THAT(from(20, "b"), IsEmpty());
  EXPECT_THAT(from(30, ""), IsEmpty());
  EXPECT_THAT(watching.Observe(30, {.actor = "c", .ip_address = "10.0.0.2"}), IsEmpty());
  EXPECT_THAT(from(65, "c"), IsEmpty()) << "a is too old";

  const std::vector<Firing> firings = from(70, "a");

  ASSERT_THAT(firings, SizeIs(1));
  EXPECT_EQ(firings[0].count, 3U);
  EXPECT_THAT(firings[0].seqs, ElementsAre(2, 5, 6));
}

TEST(RuleWatch, FiresAtWhatFollowsSoManyOthers) {
  Watching watching(R"(rule { name: "guessed" filter: "action = login_failed"
    then: "action = login AND outcome = SUCCESS" group_by: GROUP_BY_ACTOR window: "60s"
    threshold: 2 })");
  const Said fails{.actor = "mina"};
  const Said succeeds{.action = "login", .actor = "mina", .outcome = audit::v1::OUTCOME_SUCCESS};

  EXPECT_THAT(watching.Observe(0, succeeds), IsEmpty());
  watching.Observe(0, fails);
  EXPECT_THAT(watching.Observe(1, succeeds), IsEmpty());
  EXPECT_THAT(watching.Observe(2, fails), IsEmpty());
  EXPECT_THAT(watching.Observe(
                  3, {.action = "login", .actor = "sora", .outcome = audit::v1::OUTCOME_SUCCESS}),
              IsEmpty());
  const std::vector<Firing> firings = watching.Observe(4, succeeds);

  ASSERT_THAT(firings, SizeIs(1));
  EXPECT_EQ(firings[0].count, 2U);
  EXPECT_THAT(firings[0].seqs, ElementsAre(1, 3, 5));
}

TEST(RuleWatch, AnEventThatIsBothFollowsOnlyWhatCameBefore) {
  Watching watching(R"(rule { name: "again" then: "action = login_failed" window: "60s"
                              threshold: 1 })");

  EXPECT_THAT(watching.Observe(0, {}), IsEmpty());
  EXPECT_THAT(watching.Observe(1, {}), SizeIs(1));
}

TEST(RuleWatch, NeverCountsDetections) {
  Watching watching(R"(rule { name: "loop" filter: "action = \"detection.*\"" window: "60s"
                              threshold: 1 })");

  EXPECT_THAT(watching.Observe(0, {.action = "detection.fired"}), IsEmpty());
  EXPECT_THAT(watching.Observe(0, {.action = "detectional"}), IsEmpty());
}

TEST(RuleWatch, ForgetsTheKeyThatWasTouchedLongestAgoWhereThereAreTooMany) {
  Watching watching(kThree, {.max_keys = 2});
  watching.Observe(0, {.actor = "a"});
  watching.Observe(0, {.actor = "b"});
  watching.Observe(0, {.actor = "a"});
  watching.Observe(0, {.actor = "c"});

  EXPECT_EQ(watching.watches().Usages().front().evicted, 1U);
  EXPECT_EQ(watching.watches().Usages().front().keys, 2U);
  EXPECT_THAT(watching.Observe(0, {.actor = "a"}), SizeIs(1));
}

TEST(RuleWatch, StaysWithinItsMemory) {
  Watching watching(kThree, {.max_bytes = 20'000});
  for (int i = 0; i < 1'000; ++i) watching.Observe(0, {.actor = absl::StrCat("actor-", i)});

  const Watches::Usage usage = watching.watches().Usages().front();
  EXPECT_LT(usage.keys, 200U);
  EXPECT_GT(usage.keys, 20U);
  EXPECT_EQ(usage.keys + usage.evicted, 1'000U);
}

TEST(RuleWatch, KeysThatSayNothingAnyMoreAreForgottenAndNotCountedAsLost) {
  Watching watching(kThree);
  for (int i = 0; i < 100; ++i) watching.Observe(0, {.actor = absl::StrCat("actor-", i)});
  watching.Observe(60, {.actor = "late"});

  EXPECT_EQ(watching.watches().Usages().front().keys, 1U);
  EXPECT_EQ(watching.watches().Usages().front().evicted, 0U);
}

// Counts by looking at all events that came before, each time.
class Reference {
 public:
  explicit Reference(const Rule& rule) : rule_(rule) {}

  bool FiresAt(const std::vector<Event>& log) {
    const Event& last = log.back();
    if (!MayFire(last) || CountBefore(log) < rule_.threshold) return false;
    const Micros time = MicrosOf(last.created_at());
    const auto fired = fired_.find(last.actor());
    if (fired != fired_.end() && time - fired->second < rule_.cooldown) return false;
    fired_[last.actor()] = time;
    return true;
  }

 private:
  bool MayFire(const Event& last) const {
    if (last.actor().empty()) return false;
    if (rule_.kind == Rule::Kind::kSequence) return last.action() == "login";
    const bool has_value = !rule_.distinct || !last.ip_address().empty();
    return last.action() == "login_failed" && has_value;
  }

  size_t CountBefore(const std::vector<Event>& log) const {
    const Event& last = log.back();
    std::set<std::string> values;
    size_t events = 0;
    for (const Event& event : log) {
      if (event.actor() != last.actor() || event.action() != "login_failed") continue;
      if (MicrosOf(event.created_at()) <= MicrosOf(last.created_at()) - rule_.window) continue;
      ++events;
      if (!event.ip_address().empty()) values.insert(event.ip_address());
    }
    return rule_.distinct ? values.size() : events;
  }

  const Rule& rule_;
  std::map<std::string, Micros> fired_;
};

class RuleWatchAtRandom : public ::testing::TestWithParam<const char*> {};

TEST_P(RuleWatchAtRandom, AgreesWithCountingAllOver) {
  int firings = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&random](int end) {
      return std::uniform_int_distribution<int>(0, end - 1)(random);
    };
    Watches watches({});
    const std::string text = absl::StrCat(
        R"(rule { name: "r" filter: "action = login_failed" group_by: GROUP_BY_ACTOR window: ")",
        1 + below(30), "s\" threshold: ", 1 + below(6), " cooldown: \"", 1 + below(40), "s\" ",
        GetParam(), "}");
    const Rules rules = ParseRules("r", text).value();
    watches.Replace(rules);
    watches.EndReplay(kStart);
    Reference reference(*rules.front());
    std::vector<Event> log;
    int64_t seconds = 0;
    for (uint64_t seq = 0; seq < 300; ++seq) {
      seconds += below(3) == 0 ? below(12) : below(2);
      const std::vector<std::string> actors = {"", "a", "b", "c"};
      const std::vector<std::string> addresses = {"", "10.0.0.1", "10.0.0.2", "::1", "::2", "::3"};
      log.push_back(Recorded(seq, seconds,
                             {.action = below(4) == 0 ? "login" : "login_failed",
                              .actor = actors[static_cast<size_t>(below(4))],
                              .ip_address = addresses[static_cast<size_t>(below(6))]}));
      const bool fires = !watches.Observe(log.back()).empty();
      ASSERT_EQ(fires, reference.FiresAt(log)) << text << " seed " << seed << " seq " << seq;
      if (fires) ++firings;
    }
  }
  EXPECT_GT(firings, 100);
}

INSTANTIATE_TEST_SUITE_P(Kinds, RuleWatchAtRandom,
                         ::testing::Values("", "count_distinct: GROUP_BY_IP_ADDRESS",
                                           "then: \"action = login\"",
                                           "then: \"action = login\" "
                                           "count_distinct: GROUP_BY_IP_ADDRESS"));

TEST(EventWindow, KeepsTheNewestOnly) {
  EventWindow window(3);
  for (uint64_t seq = 0; seq < 100; ++seq) {
    window.Add({.time = static_cast<Micros>(seq), .seq = seq});
    EXPECT_EQ(window.count(), std::min<size_t>(seq + 1, 3));
  }

  EXPECT_THAT(window.Newest(5), ElementsAre(97, 98, 99));
  window.DropUntil(98);
  EXPECT_THAT(window.Newest(5), ElementsAre(99));
  EXPECT_LT(window.bytes(), 20 * sizeof(Occurrence));
}

TEST(ValueWindow, KeepsTheNewestOnly) {
  ValueWindow window(3);
  for (uint64_t seq = 0; seq < 100; ++seq) {
    window.Add({.time = static_cast<Micros>(seq), .seq = seq}, absl::StrCat(seq % 7));
  }

  EXPECT_THAT(window.Newest(2), ElementsAre(98, 99));
  EXPECT_EQ(window.count(), 3U);
  window.DropUntil(98);
  EXPECT_EQ(window.count(), 1U);
}

}  // namespace
}  // namespace daybook::detect
