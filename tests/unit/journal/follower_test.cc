#include "journal/follower.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "core/errors.h"
#include "journal/await.h"
#include "journal/group_commit.h"
#include "storage/manifest.h"
#include "support/forwarding_event_store.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "support/waiting_listener.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::TailEventsRequest;
using ::daybook::audit::v1::TailEventsResponse;
using ::daybook::storage::NewEvent;
using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::WaitingListener;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr absl::Duration kShort = absl::Milliseconds(100);

// Counts how often, and how far, it is read.
class CountingStore final : public testing::ForwardingEventStore {
 public:
  using ForwardingEventStore::ForwardingEventStore;
  absl::StatusOr<storage::ScanResult> Scan(const storage::ScanRequest& request) override {
    ++scans;
    auto found = ForwardingEventStore::Scan(request);
    if (found.ok()) events += found->events.size();
    return found;
  }

  std::atomic<size_t> scans = 0;
  std::atomic<size_t> events = 0;
};

class FollowerTest : public ::testing::Test {
 protected:
  struct Following {
    std::shared_ptr<WaitingListener> listener = std::make_shared<WaitingListener>();
    std::shared_ptr<Follower::Tail> tail = nullptr;
  };

  FollowerTest() { Start({}); }
  ~FollowerTest() override {
    for (const Following& each : all_) {
      follower_->Leave(each.tail);
      EXPECT_FALSE(each.listener->was_wronged());
    }
  }

  void Start(const Follower::Options& options) {
    follower_.reset();
    follower_.emplace(Follower::Collaborators{.store = store_,
                                              .newest = newest_,
                                              .head = commits_.head(),
                                              .pool = pool_,
                                              .clock = clock_,
                                              .metrics = metrics_},
                      options);
  }

  static TailEventsRequest RequestOf(const std::string& filter, std::optional<uint64_t> start = {},
                                     absl::Duration heartbeat = absl::Hours(1)) {
    TailEventsRequest request;
    request.set_filter(filter);
    if (start) request.set_start_seq(*start);
    request.mutable_heartbeat_interval()->set_seconds(absl::ToInt64Seconds(heartbeat));
    request.mutable_heartbeat_interval()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(heartbeat % absl::Seconds(1))));
    return request;
  }

  absl::Status Refusal(const TailEventsRequest& request) {
    return follower_->Follow(request, std::weak_ptr<WaitingListener>()).status();
  }

  // A listener that has asked for its first message.
  Following Follow(const TailEventsRequest& request) {
    Following following;
    following.tail = follower_->Follow(request, following.listener).value();
    all_.push_back(following);
    follower_->Next(following.tail);
    return following;
  }

  TailEventsResponse Next(const Following& following) {
    TailEventsResponse message = following.listener->Take();
    follower_->Next(following.tail);
    return message;
  }

  // The actions of events, up to the head as it is.
  std::vector<std::string> ActionsOf(const Following& following) {
    std::vector<std::string> actions;
    while (true) {
      const TailEventsResponse message = Next(following);
      for (const Event& event : message.events()) actions.push_back(event.action());
      if (message.next_seq() >= message.head_size()) return actions;
    }
  }

  void Record(const std::vector<std::string>& actions, const std::string& details = "") {
    std::vector<NewEvent> events;
    for (const std::string& action : actions) {
      Event event = EventOf(action);
      event.set_details(details);
      events.push_back(testing::MakeNewEvent(rules_, event, FromTester(), clock_.Now()));
    }
    ASSERT_THAT(Await<GroupCommit::Receipts>([&](Answer<GroupCommit::Receipts> answer) {
                  commits_.Submit(std::move(events), std::move(answer));
                }),
                IsOk());
  }
  void RecordMany(size_t count, const std::string& details = "") {
    Record(std::vector<std::string>(count, "login"), details);
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  telemetry::Metrics metrics_;
  CountingStore store_{std::make_unique<testing::MemoryEventStore>(clock_)};
  NewestEvents newest_{store_, {}};
  WorkPool pool_{2, 16};
  GroupCommit commits_{store_, metrics_, {}};
  std::optional<Follower> follower_;
  std::vector<Following> all_;
};

TEST_F(FollowerTest, SaysAtOnceWhereItBegins) {
  Record({"login", "logout"});

  const Following following = Follow(RequestOf(""));

  const TailEventsResponse first = Next(following);
  EXPECT_THAT(first.events(), IsEmpty());
  EXPECT_EQ(first.next_seq(), 2);
  EXPECT_EQ(first.head_size(), 2);
}

TEST_F(FollowerTest, SendsWhatIsRecordedFromThenOn) {
  Record({"before"});
  const Following following = Follow(RequestOf(""));
  ASSERT_EQ(Next(following).next_seq(), 1);

  Record({"login", "logout"});

  const TailEventsResponse message = Next(following);
  ASSERT_EQ(message.events_size(), 2);
  EXPECT_EQ(message.events(0).seq(), 1);
  EXPECT_EQ(message.events(0).leaf_hash().size(), 32U);
  EXPECT_EQ(message.events(1).action(), "logout");
  EXPECT_EQ(message.next_seq(), 3);
}

TEST_F(FollowerTest, BeginsWhereItIsTold) {
  Record({"zero", "one", "two"});

  EXPECT_THAT(ActionsOf(Follow(RequestOf("", 1))), ElementsAre("one", "two"));
}

TEST_F(FollowerTest, GoesOnWithoutGapOrRepeat) {
  std::vector<uint64_t> seqs;
  uint64_t next = 0;
  for (int round = 0; round < 20; ++round) {
    RecordMany(100);
    const Following following = Follow(RequestOf("", next));
    // It leaves in the middle now and then.
    for (int taken = 0; taken <= round % 3; ++taken) {
      const TailEventsResponse message = following.listener->Take();
      for (const Event& event : message.events()) seqs.push_back(event.seq());
      next = message.next_seq();
      if (next == message.head_size()) break;
      follower_->Next(following.tail);
    }
  }
  while (next < 2'000) {
    const TailEventsResponse message = Follow(RequestOf("", next)).listener->Take();
    for (const Event& event : message.events()) seqs.push_back(event.seq());
    next = message.next_seq();
  }

  ASSERT_EQ(seqs.size(), 2'000U);
  for (size_t i = 0; i < seqs.size(); ++i) ASSERT_EQ(seqs[i], i);
}

TEST_F(FollowerTest, WaitsForAPlaceThatTheLogHasNotReached) {
  const Following following = Follow(RequestOf("", 2));
  const TailEventsResponse first = Next(following);
  EXPECT_EQ(first.next_seq(), 2);
  EXPECT_EQ(first.head_size(), 0);

  Record({"zero", "one", "two"});

  const TailEventsResponse message = Next(following);
  ASSERT_EQ(message.events_size(), 1);
  EXPECT_EQ(message.events(0).action(), "two");
}

TEST_F(FollowerTest, SendsWhatMatches) {
  Record({"login", "logout", "login_failed"});
  const Following following = Follow(RequestOf("action = log*", 0));
  EXPECT_THAT(ActionsOf(following), ElementsAre("login", "logout", "login_failed"));

  Record({"deposit", "login"});

  EXPECT_THAT(ActionsOf(following), ElementsAre("login"));
}

TEST_F(FollowerTest, AgoCountsFromTheCall) {
  RecordMany(1);
  clock_.Advance(absl::Hours(2));
  const Following following = Follow(RequestOf("created_at > ago(\"1h\")", 0));
  clock_.Advance(absl::Hours(2));
  ASSERT_EQ(Next(following).events_size(), 0);

  Record({"late"});

  EXPECT_EQ(Next(following).events(0).action(), "late");
}

TEST_F(FollowerTest, RefusesFiltersThatAreNone) {
  EXPECT_EQ(ReasonIn(Refusal(RequestOf("action ="))), "FILTER_SYNTAX");
  EXPECT_EQ(ReasonIn(Refusal(RequestOf("colour = red"))), "FILTER_FIELD_UNKNOWN");
}

TEST_F(FollowerTest, RefusesHeartbeatsOutOfBounds) {
  for (const absl::Duration heartbeat :
       {absl::Milliseconds(99), absl::Hours(1) + absl::Nanoseconds(1), absl::ZeroDuration(),
        absl::Seconds(-1), absl::Hours(1'000'000)}) {
    const absl::Status refusal = Refusal(RequestOf("", {}, heartbeat));
    EXPECT_EQ(ReasonIn(refusal), "FIELD_INVALID") << heartbeat;
    EXPECT_EQ(BadRequestIn(refusal).field_violations(0).field(), "heartbeat_interval");
  }
  TailEventsRequest unreal;
  unreal.mutable_heartbeat_interval()->set_nanos(1'000'000'000);
  EXPECT_EQ(ReasonIn(Refusal(unreal)), "FIELD_INVALID");
}

TEST_F(FollowerTest, HeartbeatsSayHowLongTheLogIs) {
  const Following following = Follow(RequestOf("action = never", {}, kShort));
  ASSERT_EQ(Next(following).next_seq(), 0);
  RecordMany(3);

  TailEventsResponse heartbeat = Next(following);
  while (heartbeat.next_seq() < 3) heartbeat = Next(following);

  EXPECT_THAT(heartbeat.events(), IsEmpty());
  EXPECT_EQ(heartbeat.head_size(), 3);
}

TEST_F(FollowerTest, ReadsWhatIsNewOnceForAll) {
  std::vector<Following> followings;
  followings.reserve(200);
  for (int i = 0; i < 200; ++i) {
    followings.push_back(Follow(RequestOf(i % 2 == 0 ? "" : "action = login")));
  }
  for (const Following& following : followings) ASSERT_EQ(Next(following).next_seq(), 0);
  store_.scans = 0;
  store_.events = 0;

  RecordMany(50);

  for (const Following& following : followings) EXPECT_EQ(ActionsOf(following).size(), 50U);
  EXPECT_EQ(store_.events, 50U) << "each event is read once";
  EXPECT_LE(store_.scans, 2U);
}

TEST_F(FollowerTest, ReadsNothingForWhoTakesNothing) {
  RecordMany(1'000);
  const Following following = Follow(RequestOf("", 0));
  following.listener->WaitForMessage();
  const size_t read = store_.events;

  RecordMany(1'000);
  RecordMany(1'000);

  EXPECT_EQ(store_.events, read);
}

TEST_F(FollowerTest, MessagesAreBounded) {
  Start({.room = {.events = 10, .bytes = 4'000}});
  RecordMany(100);
  const std::string large = "{\"text\":\"" + std::string(3'000, 'x') + "\"}";
  RecordMany(20, large);

  const Following following = Follow(RequestOf("", 0));

  size_t events = 0;
  while (events < 120) {
    const TailEventsResponse message = Next(following);
    events += static_cast<size_t>(message.events_size());
    EXPECT_LE(message.events_size(), 10);
    EXPECT_LE(message.ByteSizeLong(), 4'200U);
  }
}

TEST_F(FollowerTest, WhereMuchIsUnderWayMessagesHoldOneEvent) {
  Start({.max_bytes_under_way = 1});
  RecordMany(10);
  const Following idle = Follow(RequestOf("", 0));
  idle.listener->WaitForMessage();

  const TailEventsResponse message = Next(Follow(RequestOf("", 0)));

  EXPECT_EQ(message.events_size(), 1);
  EXPECT_EQ(message.next_seq(), 1);
}

TEST_F(FollowerTest, EndsWhoTakesNothingAndSaysWhereToGoOn) {
  Start({.patience = kShort});
  RecordMany(10);
  const Following slow = Follow(RequestOf("", 0));
  slow.listener->WaitForMessage();

  const absl::Status end = slow.listener->WaitForEnd();

  EXPECT_THAT(end, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonIn(end), "TAIL_TOO_SLOW");
  EXPECT_EQ(NextSeqIn(end), slow.listener->Take().next_seq());
  slow.listener->WaitUntilGivenUp();
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_journal_tails_cut_off_total 1"));
}

TEST_F(FollowerTest, KeepsWhoTakesButHearsNothing) {
  Start({.patience = kShort});
  const Following following = Follow(RequestOf(""));
  ASSERT_EQ(Next(following).next_seq(), 0);
  // Whose patience ends later than the one of the first would.
  const Following slow = Follow(RequestOf(""));
  slow.listener->WaitForEnd().IgnoreError();
  slow.listener->WaitUntilGivenUp();

  RecordMany(1);

  EXPECT_EQ(Next(following).events_size(), 1);
}

TEST_F(FollowerTest, WhoEndsHearsNothingMore) {
  const Following following = Follow(RequestOf(""));
  ASSERT_EQ(Next(following).next_seq(), 0);
  const Following other = Follow(RequestOf(""));
  ASSERT_EQ(Next(other).next_seq(), 0);

  follower_->End(following.tail, absl::ZeroDuration());
  following.listener->WaitUntilGivenUp();
  RecordMany(1);

  EXPECT_EQ(Next(other).events_size(), 1);
}

TEST_F(FollowerTest, CountsThoseWhoFollow) {
  Follow(RequestOf(""));
  Follow(RequestOf(""));

  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_journal_tails 2"));
}

TEST_F(FollowerTest, DoesNotPassOverWhatIsDropped) {
  const uint64_t span = storage::SpanEvents(1);
  for (uint64_t left = span + 10; left > 0;) {
    const uint64_t count = std::min<uint64_t>(left, 50'000);
    RecordMany(count);
    left -= count;
  }
  const Following following = Follow(RequestOf("", 0));
  following.listener->WaitForMessage();
  ASSERT_THAT(store_.Prune(Seq(span)), IsOk());

  ASSERT_LT(Next(following).next_seq(), span);

  const absl::Status end = following.listener->WaitForEnd();
  EXPECT_THAT(end, HasCode(absl::StatusCode::kNotFound));
  EXPECT_EQ(ReasonIn(end), "PRUNED");
  EXPECT_EQ(ReasonIn(Refusal(RequestOf("", span - 1))), "PRUNED");
  EXPECT_EQ(Next(Follow(RequestOf("", span))).events_size(), 10);
}

TEST_F(FollowerTest, WorksThroughALongPastThatHoldsNothingForIt) {
  constexpr uint64_t kEvents = 72'000;  // most of them not near the end
  for (int i = 0; i < 6; ++i) RecordMany(kEvents / 6);
  const Following following = Follow(RequestOf("action = never", 0, kShort));

  TailEventsResponse message = Next(following);
  while (message.next_seq() < kEvents) {
    ASSERT_EQ(message.events_size(), 0);
    message = Next(following);
  }

  EXPECT_EQ(message.head_size(), kEvents);
}

}  // namespace
}  // namespace daybook::journal
