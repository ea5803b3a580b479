#include "storage/sqlite/postings.h"

#include <gmock/gmock.h>

#include "query/filter.h"
#include "storage/sqlite/lookup_key.h"
#include "storage/sqlite/zone.h"
#include "support/new_events.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::query::Filter;
using ::daybook::testing::EventOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr uint64_t kFirst = 100;

Event OfPerson(int64_t user_id, const std::string& telegram_id) {
  Event event = EventOf("login");
  event.set_user_id(user_id);
  event.set_telegram_id(telegram_id);
  return event;
}

std::vector<KeyTerm> Terms(const std::string& filter) {
  return KeyTermsOf(Filter::Parse(filter).value());
}

Postings::Walk Walk(uint64_t first, uint64_t last, bool newest_first, size_t limit = 10) {
  return {.first = Seq(first), .last = Seq(last), .newest_first = newest_first, .limit = limit};
}

class PostingsTest : public ::testing::Test {
 protected:
  PostingsTest() {
    for (int64_t i = 0; i < 6; ++i) postings_.Add(OfPerson(i % 2, i < 4 ? "a" : "b"), 1'000 + i);
  }
  Postings postings_{Seq(kFirst), 8};
};

TEST_F(PostingsTest, FindsInBothDirections) {
  EXPECT_THAT(postings_.Find(Terms("user_id = 0"), Walk(100, 105, false)),
              ElementsAre(Seq(100), Seq(102), Seq(104)));
  EXPECT_THAT(postings_.Find(Terms("user_id = 0"), Walk(100, 105, true)),
              ElementsAre(Seq(104), Seq(102), Seq(100)));
}

TEST_F(PostingsTest, StopsAtTheEndsAndAtTheLimit) {
  EXPECT_THAT(postings_.Find(Terms("user_id = 0"), Walk(101, 103, true)), ElementsAre(Seq(102)));
  EXPECT_THAT(postings_.Find(Terms("user_id = 0"), Walk(100, 105, true, 2)),
              ElementsAre(Seq(104), Seq(102)));
}

TEST_F(PostingsTest, FindsInALargeSegmentWhatStandsAnywhereInIt) {
  constexpr uint64_t kMany = 1'000;
  for (const uint64_t place : {1, 63, 64, 65, 500, 935, 936, 998}) {
    Postings large(Seq(kFirst), kMany);
    for (uint64_t at = 0; at < kMany; ++at) large.Add(OfPerson(at == place ? 7 : 1, "a"), 1'000);
    for (const bool newest_first : {false, true}) {
      const auto walk = [&](uint64_t first, uint64_t last) {
        return large.Find(Terms("user_id = 7"), Walk(kFirst + first, kFirst + last, newest_first));
      };
      EXPECT_THAT(walk(0, kMany - 1), ElementsAre(Seq(kFirst + place)));
      EXPECT_THAT(walk(place, place), ElementsAre(Seq(kFirst + place)));
      EXPECT_THAT(walk(0, place - 1), IsEmpty());
      EXPECT_THAT(walk(place + 1, kMany - 1), IsEmpty());
    }
  }
}

TEST_F(PostingsTest, StopsAtTheLimitInALargeSegment) {
  constexpr uint64_t kMany = 1'000;
  Postings large(Seq(kFirst), kMany);
  for (uint64_t at = 0; at < kMany; ++at) {
    large.Add(OfPerson(static_cast<int64_t>(at % 100), "a"), 1'000);
  }
  const auto terms = Terms("user_id = 42");
  EXPECT_THAT(large.Find(terms, Walk(100, 1'099, true, 3)),
              ElementsAre(Seq(1'042), Seq(942), Seq(842)));
  EXPECT_THAT(large.Find(terms, Walk(150, 1'099, false, 2)), ElementsAre(Seq(242), Seq(342)));
}

TEST_F(PostingsTest, WantsAllTerms) {
  EXPECT_THAT(postings_.Find(Terms("user_id = 1 AND telegram_id = \"b\""), Walk(100, 105, false)),
              ElementsAre(Seq(105)));
  EXPECT_THAT(postings_.Find(Terms("user_id = 1 AND telegram_id = \"c\""), Walk(100, 105, false)),
              IsEmpty());
}

TEST_F(PostingsTest, AbsentIsNotZero) {
  postings_.Add(EventOf("logout"), 2'000);

  EXPECT_THAT(postings_.Find(Terms("user_id = 0"), Walk(106, 106, false)), IsEmpty());
}

TEST_F(PostingsTest, AWalkGoesOnBehindWhatItFound) {
  Postings::Walk newest = Walk(100, 105, true);
  Postings::Walk oldest = Walk(100, 105, false);

  EXPECT_TRUE(newest.GoOnBehind(Seq(103)));
  EXPECT_EQ(newest.last, Seq(102));
  EXPECT_TRUE(oldest.GoOnBehind(Seq(103)));
  EXPECT_EQ(oldest.first, Seq(104));
  EXPECT_FALSE(newest.GoOnBehind(Seq(100)));
  EXPECT_FALSE(oldest.GoOnBehind(Seq(105)));
}

TEST_F(PostingsTest, TheZoneTellsWhatWasAdded) {
  Event late = EventOf("login_failed");
  late.set_outcome(audit::v1::OUTCOME_FAILURE);
  SetTimestamp(5, late.mutable_event_time());
  postings_.Add(late, 1'007);

  const Zone zone = postings_.ToZone();

  EXPECT_EQ(zone.first_seq, Seq(100));
  EXPECT_EQ(zone.last_seq, Seq(106));
  EXPECT_EQ(zone.first_time, 1'000);
  EXPECT_EQ(zone.last_time, 1'007);
  EXPECT_EQ(zone.first_event_time, 5);
  EXPECT_EQ(zone.last_event_time, 1'005);
  EXPECT_EQ(zone.counts->kinds()->size(), 2U);
}

TEST(LookupKey, DigestsStayWhatTheyAreInFiles) {
  EXPECT_EQ(Terms("telegram_id = \"100200300\"").front().digest, 2901954601U);
  EXPECT_EQ(Terms("user_id = 7").front().digest, 155736374U);
}

TEST(LookupKey, TheSameTextUnderAnotherNameIsAnotherDigest) {
  EXPECT_NE(Terms("telegram_id = \"7\"").front().digest, Terms("actor = \"7\"").front().digest);
}

TEST(LookupKey, EventsAndFiltersAgree) {
  Event event = testing::FullEvent();

  const auto digests = DigestsOf(event);

  for (const KeyTerm& term :
       Terms("telegram_id = \"100200300\" AND user_id = 7001 AND actor = \"service:registrar\""
             " AND resource_id = \"42\"")) {
    EXPECT_EQ(term.digest, digests[term.key]);
  }
}

bool MayMatch(const Zone& zone, const std::string& filter) {
  return zone.MayMatch(Filter::Parse(filter).value());
}

TEST(Zone, ExcludesWhatItsCountsExclude) {
  Zone zone;
  zone.counts.emplace();
  zone.counts->Add("login", audit::v1::OUTCOME_SUCCESS);
  zone.counts->Add("logout", audit::v1::OUTCOME_FAILURE);

  EXPECT_TRUE(MayMatch(zone, "action = login"));
  EXPECT_FALSE(MayMatch(zone, "action = deposit"));
  EXPECT_TRUE(MayMatch(zone, "outcome = FAILURE"));
  EXPECT_FALSE(MayMatch(zone, "action = login AND outcome = FAILURE"));
  EXPECT_FALSE(MayMatch(zone, "outcome = DENIED"));
}

TEST(Zone, ExcludesNothingWhereCountsAreNotKnown) {
  Zone zone;
  EXPECT_TRUE(MayMatch(zone, "action = deposit"));

  zone.counts.emplace();
  for (int i = 0; i < 3'000; ++i) zone.counts->Add("a" + std::to_string(i), 1);
  EXPECT_TRUE(MayMatch(zone, "action = deposit"));
  EXPECT_EQ(zone.counts->kinds(), nullptr);
}

TEST(Zone, ExcludesTimesThatItDoesNotReach) {
  Zone zone;
  zone.first_time = 1'700'000'000'000'000;
  zone.last_time = 1'700'000'001'000'000;
  zone.first_event_time = 1'600'000'000'000'000;
  zone.last_event_time = 1'700'000'001'000'000;

  EXPECT_TRUE(MayMatch(zone, "created_at = \"2023-11-14T22:13:20Z\""));
  EXPECT_FALSE(MayMatch(zone, "created_at = \"2023-11-14T22:13:22Z\""));
  EXPECT_TRUE(MayMatch(zone, "event_time = \"2023-01-01T00:00:00Z\""));
  EXPECT_FALSE(MayMatch(zone, "event_time = \"2019-01-01T00:00:00Z\""));
}

}  // namespace
}  // namespace daybook::storage::sqlite
