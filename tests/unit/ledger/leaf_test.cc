#include "ledger/leaf.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/new_events.h"

namespace daybook::ledger {
namespace {

using ::daybook::audit::v1::Event;

constexpr Micros kRecordTime = 1'763'683'200'000'000;

// The event of the published check value.
Event Minimal() {
  Event event = testing::EventOf("login_failed");
  event.set_tenant("default");
  event.set_source(audit::v1::SOURCE_CLAIMED);
  event.set_outcome(audit::v1::OUTCOME_FAILURE);
  return event;
}

Hash HashOf(const Event& event, const Salt& salt = {}) {
  return LeafDraft(event, salt).HashAt(kRecordTime);
}

TEST(DrawSalts, DrawsDifferentOnes) {
  std::set<Salt> salts;
  for (const Salt& salt : DrawSalts(100)) salts.insert(salt);
  salts.insert(DrawSalt());

  EXPECT_EQ(salts.size(), 101U);
}

TEST(DrawSalts, MayDrawNone) { EXPECT_TRUE(DrawSalts(0).empty()); }

TEST(Leaf, TheMinimalLeafHasThePublishedHash) {
  EXPECT_EQ(ToHex(HashOf(Minimal())),
            "9b2e2ef648ef9e7a139b6b0018f99681ae383f780260f0f2351676a241856e27");
}

TEST(Leaf, IsHashedBehindAZeroByte) {
  const LeafDraft draft(Minimal(), Salt());

  EXPECT_EQ(draft.HashAt(kRecordTime), Sha256(std::string(1, '\0') + draft.Bytes(kRecordTime)));
  EXPECT_EQ(draft.Bytes(kRecordTime).front(), '\x01');
}

TEST(Leaf, AnOpenEventTimeIsTheRecordTime) {
  Event same = Minimal();
  SetTimestamp(kRecordTime, same.mutable_event_time());
  Event other = Minimal();
  SetTimestamp(kRecordTime - 1, other.mutable_event_time());

  EXPECT_EQ(HashOf(same), HashOf(Minimal()));
  EXPECT_NE(HashOf(other), HashOf(Minimal()));
}

TEST(Leaf, DependsOnTheRecordTime) {
  const LeafDraft draft(Minimal(), Salt());

  EXPECT_NE(draft.HashAt(kRecordTime), draft.HashAt(kRecordTime + 1));
}

TEST(Leaf, EveryFieldCounts) {
  using Change = std::function<void(Event&)>;
  const std::vector<Change> changes = {[](Event& e) { e.set_tenant("other"); },
                                       [](Event& e) { e.set_producer("p"); },
                                       [](Event& e) { e.set_action("login"); },
                                       [](Event& e) { e.set_reason("R"); },
                                       [](Event& e) { e.set_producer_sequence(0); },
                                       [](Event& e) { e.set_resource_type("t"); },
                                       [](Event& e) { e.set_public_details("{}"); },
                                       [](Event& e) { e.set_user_id(0); },
                                       [](Event& e) { e.set_telegram_id("x"); },
                                       [](Event& e) { e.set_actor("x"); },
                                       [](Event& e) { e.set_ip_address("::1"); },
                                       [](Event& e) { e.set_user_agent("x"); },
                                       [](Event& e) { e.set_resource_id("x"); },
                                       [](Event& e) { e.set_trace_id("x"); },
                                       [](Event& e) { e.set_correlation_id("x"); },
                                       [](Event& e) { e.set_request_id("x"); },
                                       [](Event& e) { e.set_details("{}"); },
                                       [](Event& e) { e.set_outcome(audit::v1::OUTCOME_DENIED); },
                                       [](Event& e) { e.set_source(audit::v1::SOURCE_SERVICE); }};
  std::set<Hash> hashes = {HashOf(Minimal())};

  for (const Change& change : changes) {
    Event event = Minimal();
    change(event);
    hashes.insert(HashOf(event));
  }

  EXPECT_EQ(hashes.size(), changes.size() + 1);
}

TEST(Leaf, TheSaltCountsOnlyWhereAGroupNeedsIt) {
  const Salt salt = DrawSalt();
  Event grouped = Minimal();
  grouped.set_user_id(7);

  EXPECT_EQ(HashOf(Minimal(), salt), HashOf(Minimal()));
  EXPECT_NE(HashOf(grouped, salt), HashOf(grouped));
}

TEST(Leaf, GroupsAreCommittedUnderSaltsOfTheirOwn) {
  const Salt salt = DrawSalt();
  std::set<Hash> salts;
  for (const Group group : kGroups) salts.insert(GroupSalt(group, salt));

  EXPECT_EQ(salts.size(), kGroups.size());
  EXPECT_NE(Commit(Group::kSubject, {}, "x"), Commit(Group::kClient, {}, "x"));
}

TEST(Leaf, ItsBytesHoldNoTextOfAGroup) {
  Event event = Minimal();
  event.set_actor("user:7f3a");
  event.set_details(R"({"iban":"DE02"})");

  const std::string bytes = LeafDraft(event, DrawSalt()).Bytes(kRecordTime);

  EXPECT_EQ(bytes.find("user:7f3a"), std::string::npos);
  EXPECT_EQ(bytes.find("DE02"), std::string::npos);
}

TEST(Leaf, LeafHashOfAStoredEventIsThatOfItsDraft) {
  const Salt salt = DrawSalt();
  Event event = testing::FullEvent();
  const Hash drafted = HashOf(event, salt);
  SetTimestamp(kRecordTime, event.mutable_created_at());

  EXPECT_EQ(LeafHashOf(event, salt), drafted);
}

}  // namespace
}  // namespace daybook::ledger
