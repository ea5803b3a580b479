#include "detect/watches.h"

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "detect/firing.h"
#include "observed.h"

namespace daybook::detect {
namespace {

using ::daybook::audit::v1::Event;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTwo[] =
    R"(rule { name: "two" group_by: GROUP_BY_ACTOR window: "60s" threshold: 2 })";
constexpr char kAny[] = R"(rule { name: "any" window: "60s" threshold: 1 })";

// What new rules see of a log when they begin to watch behind its last event.
std::vector<Firing> FiringsAtStart(Watches& watches, const std::vector<Event>& log,
                                   const std::vector<Firing>& told) {
  const Micros head = MicrosOf(log.back().created_at());
  for (const Firing& firing : told) {
    Event event = EventOf(firing);
    event.set_source(audit::v1::SOURCE_SERVICE);
    watches.Recall(FiredIn(event).value());
  }
  std::vector<Firing> firings;
  for (const Event& event : log) {
    for (Firing& firing : watches.Replay(event, head)) firings.push_back(std::move(firing));
  }
  watches.EndReplay(head);
  return firings;
}

TEST(Watches, RulesThatCountTheSameGoOnWhereRulesChange) {
  Watching watching(kTwo);
  watching.Observe(0, {.actor = "mina"});

  watching.watches().Replace(ParseRules("r", absl::StrCat(kAny, kTwo)).value());
  const auto past = watching.watches().WantedPast();
  watching.watches().EndReplay(kStart);

  ASSERT_TRUE(past.has_value());
  EXPECT_EQ(past->events, 120 * kSecond);
  EXPECT_EQ(past->firings, 180 * kSecond);
  const std::vector<Firing> firings = watching.Observe(1, {.actor = "mina"});
  ASSERT_THAT(firings, SizeIs(2));
  EXPECT_EQ(firings[1].rule->name, "two");
  EXPECT_FALSE(watching.watches().WantedPast().has_value());
}

TEST(Watches, RulesThatAreGoneFireNoMore) {
  Watching watching(absl::StrCat(kAny, kTwo));
  watching.watches().Replace(ParseRules("r", kTwo).value());

  EXPECT_THAT(watching.Observe(0, {.actor = "mina"}), IsEmpty());
}

TEST(Watches, TellOfTheLastWindowWhereNobodyDid) {
  Watches watches({});
  watches.Replace(ParseRules("r", kTwo).value());
  const std::vector<Event> log = {
      Recorded(0, 0, {.actor = "old"}), Recorded(1, 1, {.actor = "old"}),
      Recorded(2, 50, {.actor = "mina"}), Recorded(3, 61, {.actor = "mina"})};

  const std::vector<Firing> firings = FiringsAtStart(watches, log, {});

  ASSERT_THAT(firings, SizeIs(1)) << "what is older than the window is not told of";
  EXPECT_THAT(firings[0].keys, ElementsAre("mina"));
}

// Whatever was told before the restart, what comes out is what would have come out
// without one.
TEST(Watches, ARestartChangesNothing) {
  const std::string text =
      R"(rule { name: "two" group_by: GROUP_BY_ACTOR window: "10s" threshold: 2 cooldown: "4s" }
         rule { name: "long" group_by: GROUP_BY_ACTOR window: "5s" threshold: 2
                cooldown: "30s" })";
  std::vector<Event> log;
  for (uint64_t seq = 0; seq < 400; ++seq) {
    const auto second = static_cast<int64_t>(seq * seq % 7 + 3 * seq / 2);
    const int64_t last = log.empty() ? 0 : (MicrosOf(log.back().created_at()) - kStart) / kSecond;
    log.push_back(Recorded(seq, std::max(last, second), {.actor = absl::StrCat("a", seq % 3)}));
  }
  Watches whole({});
  whole.Replace(ParseRules("r", text).value());
  whole.EndReplay(kStart);
  std::vector<std::vector<Firing>> expected;
  expected.reserve(log.size());
  for (const Event& event : log) expected.push_back(whole.Observe(event));

  for (size_t stop = 100; stop < 300; stop += 7) {
    std::vector<Firing> told;
    for (size_t i = 0; i < stop; ++i) {
      told.insert(told.end(), expected[i].begin(), expected[i].end());
    }
    Watches again({});
    again.Replace(ParseRules("r", text).value());
    const std::vector<Event> past(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(stop));
    EXPECT_THAT(FiringsAtStart(again, past, told), IsEmpty()) << "stopped at " << stop;
    for (size_t i = stop; i < log.size(); ++i) {
      ASSERT_EQ(again.Observe(log[i]).size(), expected[i].size())
          << "stopped at " << stop << ", event " << i;
    }
  }
}

// A kill between firing and recording: what was not told is told at the next start, once.
TEST(Watches, ARestartTellsOfWhatWasCutOff) {
  Watches before({});
  before.Replace(ParseRules("r", kTwo).value());
  before.EndReplay(kStart);
  const std::vector<Event> log = {
      Recorded(0, 0, {.actor = "mina"}), Recorded(1, 1, {.actor = "mina"}),
      Recorded(2, 2, {.actor = "sora"}), Recorded(3, 3, {.actor = "sora"})};
  std::vector<Firing> fired;
  for (const Event& event : log) {
    for (Firing& firing : before.Observe(event)) fired.push_back(std::move(firing));
  }
  ASSERT_THAT(fired, SizeIs(2));
  Watches again({});
  again.Replace(ParseRules("r", kTwo).value());

  const std::vector<Firing> firings = FiringsAtStart(again, log, {fired[0]});

  ASSERT_THAT(firings, SizeIs(1));
  EXPECT_THAT(firings[0].keys, ElementsAre("sora"));
  EXPECT_EQ(RequestIdOf(firings[0]), RequestIdOf(fired[1]));
}

Firing FiringWithAllKeys() {
  Firing firing;
  firing.rule = ParseRules("r", R"(rule { name: "all" severity: SEVERITY_CRITICAL window: "90s"
    threshold: 2 group_by: [GROUP_BY_ACTOR, GROUP_BY_IP_ADDRESS, GROUP_BY_PRODUCER,
    GROUP_BY_USER_ID] })")
                    .value()
                    .front();
  firing.keys = {"user:\"7\"", "10.0.0.1", "shop \"eu\"\\", "-7"};
  firing.fired_at = kStart;
  firing.count = 3;
  firing.seqs = {4, 5, 9};
  return firing;
}

TEST(EventOf, HidesNobodyInWhatCannotBeErased) {
  const Event event = EventOf(FiringWithAllKeys());

  EXPECT_EQ(event.action(), "detection.fired");
  EXPECT_EQ(event.public_details(),
            R"({"rule":"all","severity":"CRITICAL","window_seconds":90,"threshold":2,"count":3,)"
            R"("group_by":["actor","ip_address","producer","user_id"],)"
            R"("keys":{"producer":"shop \"eu\"\\"}})");
  EXPECT_EQ(event.details(), R"({"seqs":[4,5,9]})");
  EXPECT_EQ(event.actor(), "user:\"7\"");
  EXPECT_EQ(event.ip_address(), "10.0.0.1");
  EXPECT_EQ(event.user_id(), -7);
}

TEST(DetectionOf, TellsWhatFired) {
  Event event = EventOf(FiringWithAllKeys());
  EXPECT_FALSE(DetectionOf(event).has_value()) << "nobody but the service says so";
  event.set_source(audit::v1::SOURCE_SERVICE);
  event.set_seq(12);

  const audit::v1::Detection detection = DetectionOf(event).value();

  EXPECT_EQ(detection.seq(), 12U);
  EXPECT_EQ(detection.rule(), "all");
  EXPECT_THAT(detection.keys(), ElementsAre("user:\"7\"", "10.0.0.1", "shop \"eu\"\\", "-7"));
  EXPECT_EQ(detection.count(), 3U);
  EXPECT_EQ(detection.threshold(), 2U);
  EXPECT_EQ(detection.window().seconds(), 90);
  EXPECT_EQ(detection.severity(), audit::v1::SEVERITY_CRITICAL);
  EXPECT_EQ(MicrosOf(detection.fire_time()), kStart);
  EXPECT_THAT(detection.sample_seqs(), ElementsAre(4, 5, 9));
}

TEST(DetectionOf, TellsWhatIsLeftAfterAnErasure) {
  Event event = EventOf(FiringWithAllKeys());
  event.set_source(audit::v1::SOURCE_SERVICE);
  event.clear_actor();
  event.clear_details();

  const audit::v1::Detection detection = DetectionOf(event).value();

  EXPECT_THAT(detection.keys(), ElementsAre("", "10.0.0.1", "shop \"eu\"\\", "-7"));
  EXPECT_THAT(detection.sample_seqs(), IsEmpty());
}

std::string StandardRules() {
  std::ifstream file(DAYBOOK_RULES_DIR "/standard.textproto");
  return {std::istreambuf_iterator<char>(file), {}};
}

// How often each rule fired.
class StandardRulesTest : public ::testing::Test {
 protected:
  void Observe(int64_t seconds, const Said& said) { Count(watching_.Observe(seconds, said)); }
  void Tick(int64_t seconds) { Count(watching_.Tick(seconds)); }
  void Count(const std::vector<Firing>& firings) {
    for (const Firing& firing : firings) ++fired_[firing.rule->name];
  }
  using Fired = std::map<std::string, int>;

  Watching watching_{StandardRules()};
  Fired fired_;
};

TEST_F(StandardRulesTest, FailedLoginsPerActor) {
  for (int i = 0; i < 9; ++i) Observe(i, {.actor = "mina"});
  Observe(9, {.actor = "sora"});
  Observe(600, {.actor = "mina"});
  EXPECT_THAT(fired_, IsEmpty());

  Observe(601, {.actor = "mina"});
  EXPECT_THAT(fired_, IsEmpty()) << "the first two are too old";
  for (int i = 0; i < 3; ++i) Observe(601, {.actor = "mina"});

  EXPECT_EQ(fired_, (Fired{{"failed_logins", 1}}));
}

TEST_F(StandardRulesTest, PasswordSprayingFromOneAddress) {
  for (int i = 0; i < 9; ++i) {
    for (int j = 0; j < 3; ++j) {
      Observe(i, {.actor = absl::StrCat("actor-", i), .ip_address = "10.0.0.1"});
    }
    Observe(i, {.actor = "other", .ip_address = absl::StrCat("10.0.1.", i)});
  }
  EXPECT_THAT(fired_, IsEmpty());

  Observe(10, {.actor = "actor-9", .ip_address = "10.0.0.1"});

  EXPECT_EQ(fired_, (Fired{{"password_spraying", 1}}));
}

TEST_F(StandardRulesTest, ALoginAfterFailures) {
  const Said login{.action = "login", .actor = "mina", .outcome = audit::v1::OUTCOME_SUCCESS};
  for (int i = 0; i < 4; ++i) Observe(i, {.actor = "mina"});
  Observe(5, login);
  EXPECT_THAT(fired_, IsEmpty());

  Observe(6, {.actor = "mina"});
  Said failed = login;
  failed.outcome = audit::v1::OUTCOME_FAILURE;
  Observe(7, failed);
  Observe(7, {.action = "login", .actor = "sora", .outcome = audit::v1::OUTCOME_SUCCESS});
  EXPECT_THAT(fired_, IsEmpty());
  Observe(8, login);

  EXPECT_EQ(fired_, (Fired{{"login_after_failures", 1}}));
}

TEST_F(StandardRulesTest, DepositsOfOneUserFail) {
  Said deposit{.action = "deposit_failed", .user_id = 7, .resource_type = "deposit_transaction"};
  for (int i = 0; i < 4; ++i) Observe(i, deposit);
  deposit.user_id = 8;
  Observe(5, deposit);
  deposit.user_id = 7;
  deposit.outcome = audit::v1::OUTCOME_SUCCESS;
  Observe(6, deposit);
  EXPECT_THAT(fired_, IsEmpty());

  deposit.outcome = audit::v1::OUTCOME_FAILURE;
  Observe(7, deposit);

  EXPECT_EQ(fired_, (Fired{{"deposits_failing", 1}}));
}

TEST_F(StandardRulesTest, AProducerFallsSilent) {
  Observe(0, {.producer = "shop"});
  Observe(3'599, {.producer = "shop"});
  Tick(3'600);
  EXPECT_THAT(fired_, IsEmpty());

  Tick(7'199);

  EXPECT_EQ(fired_, (Fired{{"producer_silent", 1}}));
}

TEST_F(StandardRulesTest, TheServiceItselfMayBeSilent) {
  Event own = Recorded(0, 0, {.action = "segment.sealed", .producer = "daybook"});
  own.set_source(audit::v1::SOURCE_SERVICE);
  Count(watching_.watches().Observe(own));
  Tick(100'000);

  EXPECT_THAT(fired_, IsEmpty());
}

}  // namespace
}  // namespace daybook::detect
