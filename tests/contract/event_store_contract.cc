#include "contract/event_store_contract.h"

#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include "core/errors.h"
#include "support/naive_tree.h"
#include "support/new_events.h"
#include "support/status_matchers.h"

namespace daybook::contract {

using ::daybook::audit::v1::Event;
using ::daybook::storage::AppendReceipt;
using ::daybook::storage::NewEvent;
using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::FullEvent;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::MakeNewEvent;

// Every test program links this suite; only an engine's runs it.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EventStoreContract);

NewEvent EventStoreContract::Make(const Event& event, const std::string& request_id) const {
  return MakeNewEvent(rules_, event, FromTester(request_id), clock_.Now());
}

NewEvent EventStoreContract::Make(const std::string& action, const std::string& request_id) const {
  return Make(EventOf(action), request_id);
}

absl::StatusOr<AppendReceipt> EventStoreContract::Append(const std::vector<NewEvent>& events) {
  absl::StatusOr<AppendReceipt> receipt = store_->Append(testing::PointersTo(events));
  // As a client does: a slow disk may not keep up with segments of a few events.
  while (ReasonIn(receipt.status()) == ReasonName(Reason::kQueueFull)) {
    receipt = store_->Append(testing::PointersTo(events));
  }
  return receipt;
}

void EventStoreContract::Fill(int count) {
  for (int i = 0; i < count; ++i) ASSERT_THAT(Append({Make("login")}), IsOk());
}

namespace {

// `fresh` as a store should give it back.
Event Recorded(const NewEvent& fresh, uint64_t seq, Micros created_at) {
  Event event = fresh.event();
  event.set_seq(seq);
  SetTimestamp(created_at, event.mutable_created_at());
  SetTimestamp(fresh.checked().event_time().value_or(created_at), event.mutable_event_time());
  event.set_leaf_hash(std::string(ledger::AsBytes(fresh.leaf().HashAt(created_at))));
  return event;
}

}  // namespace

TEST_P(EventStoreContract, AnEmptyStoreHoldsNothing) {
  EXPECT_EQ(store_->Size(), LogSize(0));
  EXPECT_THAT(store_->Get(Seq(0)), HasCode(absl::StatusCode::kNotFound));
}

TEST_P(EventStoreContract, SeqsAreDenseFromZero) {
  for (int i = 0; i < 10; ++i) {
    const auto receipt = Append({Make("login")});

    ASSERT_THAT(receipt, IsOk());
    EXPECT_EQ(receipt->first_seq, Seq(static_cast<uint64_t>(i)));
  }
  EXPECT_EQ(store_->Size(), LogSize(10));
}

TEST_P(EventStoreContract, SecondAppendContinuesWhereTheFirstEnded) {
  const auto first = Append({Make("a"), Make("b"), Make("c")});
  const auto second = Append({Make("d"), Make("e")});

  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->first_seq, Seq(0));
  EXPECT_EQ(second->first_seq, Seq(3));
  EXPECT_EQ(store_->Size(), LogSize(5));
  EXPECT_EQ(store_->Get(Seq(2))->action(), "c");
  EXPECT_EQ(store_->Get(Seq(3))->action(), "d");
}

TEST_P(EventStoreContract, EventsOfOneAppendKeepTheirOrder) {
  std::vector<NewEvent> events;
  events.reserve(11);
  for (int i = 0; i < 11; ++i) events.push_back(Make("step_" + std::to_string(i)));

  ASSERT_THAT(Append(events), IsOk());

  for (uint64_t seq = 0; seq < 11; ++seq) {
    EXPECT_EQ(store_->Get(Seq(seq))->action(), "step_" + std::to_string(seq));
  }
}

TEST_P(EventStoreContract, ReceiptsTellWhatGetReturns) {
  Fill(2);
  const std::vector<NewEvent> events = {Make(FullEvent(), "id-1"), Make("login"), Make("logout")};

  const auto receipt = Append(events);

  ASSERT_THAT(receipt, IsOk());
  ASSERT_EQ(receipt->leaf_hashes.size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    const auto stored = store_->Get(Seq(receipt->first_seq.value() + i));
    ASSERT_THAT(stored, IsOk());
    EXPECT_EQ(stored->seq(), receipt->first_seq.value() + i);
    EXPECT_EQ(MicrosOf(stored->created_at()), receipt->created_at);
    EXPECT_EQ(stored->leaf_hash(), ledger::AsBytes(receipt->leaf_hashes[i]));
  }
}

TEST_P(EventStoreContract, AnEventComesBackAsItWasChecked) {
  const NewEvent full = Make(FullEvent(), "id-1");
  const NewEvent bare = Make("login");

  const auto receipt = Append({full, bare});

  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(store_->Get(Seq(0))->DebugString(),
            Recorded(full, 0, receipt->created_at).DebugString());
  EXPECT_EQ(store_->Get(Seq(1))->DebugString(),
            Recorded(bare, 1, receipt->created_at).DebugString());
}

TEST_P(EventStoreContract, TheRecordTimeIsTheClocks) {
  clock_.Set(absl::FromUnixMicros(1'700'000'000'000'001));

  const auto receipt = Append({Make("login")});

  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->created_at, 1'700'000'000'000'001);
}

TEST_P(EventStoreContract, EventTimeDefaultsToTheRecordTime) {
  const NewEvent event = Make("login");
  clock_.Advance(absl::Seconds(5));

  const auto receipt = Append({event});

  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(MicrosOf(store_->Get(Seq(0))->event_time()), receipt->created_at);
}

TEST_P(EventStoreContract, RecordTimeNeverDecreasesWhenTheClockStepsBack) {
  const auto before = Append({Make("login")});
  clock_.Advance(-absl::Hours(1));

  const auto during = Append({Make("login"), Make("login")});
  clock_.Advance(absl::Hours(2));
  const auto after = Append({Make("login")});

  ASSERT_THAT(during, IsOk());
  EXPECT_EQ(during->created_at, before->created_at);
  EXPECT_EQ(MicrosOf(store_->Get(Seq(2))->created_at()), before->created_at);
  EXPECT_EQ(after->created_at, before->created_at + Micros{3'600'000'000});
}

TEST_P(EventStoreContract, TheLeafHoldsTheRecordTimeThatWasGiven) {
  Fill(1);
  clock_.Advance(-absl::Hours(1));
  const NewEvent event = Make(FullEvent());

  const auto receipt = Append({event});

  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->leaf_hashes[0], event.leaf().HashAt(receipt->created_at));
}

TEST_P(EventStoreContract, GetBeyondTheEndIsNotFound) {
  Fill(3);

  for (const uint64_t seq : {uint64_t{3}, uint64_t{4}, ~uint64_t{0}}) {
    const auto result = store_->Get(Seq(seq));
    EXPECT_THAT(result, HasCode(absl::StatusCode::kNotFound));
    EXPECT_EQ(ReasonIn(result.status()), "EVENT_NOT_FOUND");
  }
}

TEST_P(EventStoreContract, ReadersSeeAnAppendWholeOrNotAtAll) {
  constexpr uint64_t kAppends = 12;
  constexpr uint64_t kTogether = 3;
  std::thread writer([this] {
    for (uint64_t i = 0; i < kAppends; ++i) {
      EXPECT_THAT(Append({Make("a"), Make("b"), Make("c")}), IsOk());
    }
  });

  uint64_t size = 0;
  while (size < kAppends * kTogether && !HasFailure()) {
    size = store_->Size().value();
    EXPECT_EQ(size % kTogether, 0U);
    if (size == 0) continue;
    EXPECT_EQ(store_->Get(Seq(size - 1))->action(), "c");
  }

  writer.join();
}

TEST_P(EventStoreContract, FindsTheEventOfARepeatedRequest) {
  Fill(3);
  ASSERT_THAT(Append({Make("login", "id-1"), Make("logout", "id-2")}), IsOk());

  const auto found = store_->FindRepeated(Make("anything", "id-2"));

  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->DebugString(), store_->Get(Seq(4))->DebugString());
}

TEST_P(EventStoreContract, FindsNothingForARequestThatIsNew) {
  ASSERT_THAT(Append({Make("login", "id-1"), Make("login")}), IsOk());

  EXPECT_EQ(*store_->FindRepeated(Make("login", "id-2")), std::nullopt);
  EXPECT_EQ(*store_->FindRepeated(Make("login")), std::nullopt);
}

TEST_P(EventStoreContract, RequestIdsBelongToTheirProducer) {
  ASSERT_THAT(Append({Make("login", "id-1")}), IsOk());
  event::Provenance other = FromTester("id-1");
  other.producer = "another";

  const auto found =
      store_->FindRepeated(MakeNewEvent(rules_, EventOf("login"), other, clock_.Now()));

  EXPECT_EQ(*found, std::nullopt);
}

TEST_P(EventStoreContract, RemembersRequestsFor72Hours) {
  ASSERT_THAT(Append({Make("login", "id-1")}), IsOk());

  clock_.Advance(absl::Hours(72));
  EXPECT_TRUE(store_->FindRepeated(Make("login", "id-1"))->has_value());

  clock_.Advance(absl::Microseconds(1));
  EXPECT_FALSE(store_->FindRepeated(Make("login", "id-1"))->has_value());
}

TEST_P(EventStoreContract, ARequestIdUsedAgainAfterTheWindowFindsTheNewEvent) {
  ASSERT_THAT(Append({Make("login", "id-1")}), IsOk());
  clock_.Advance(absl::Hours(73));
  ASSERT_THAT(Append({Make("logout", "id-1")}), IsOk());
  ASSERT_THAT(Append({Make("login")}), IsOk());

  const auto found = store_->FindRepeated(Make("login", "id-1"));

  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->seq(), 1U);
}

TEST_P(EventStoreContract, DetailsAreKeptByteForByte) {
  Event event = EventOf("import");
  event.set_details("{ \"b\" : 1.0e2,\n\t\"a\":\"\\u00e9\", \"text\":\"");
  event.mutable_details()->append(16'384 - event.details().size() - 2, 'x').append("\"}");
  ASSERT_EQ(event.details().size(), 16'384U);

  ASSERT_THAT(Append({Make(event)}), IsOk());

  EXPECT_EQ(store_->Get(Seq(0))->details(), event.details());
}

TEST_P(EventStoreContract, EverySubtreeThatIsCompleteCanBeRead) {
  std::vector<ledger::Hash> leaves;
  for (const size_t count : {1, 254, 1, 1, 255, 88}) {
    std::vector<NewEvent> events;
    events.reserve(count);
    while (events.size() < count) events.push_back(Make("login"));
    const auto receipt = Append(events);
    ASSERT_THAT(receipt, IsOk());
    leaves.insert(leaves.end(), receipt->leaf_hashes.begin(), receipt->leaf_hashes.end());

    std::vector<ledger::Node> nodes;
    for (uint32_t height = 0; leaves.size() >> height > 0; ++height) {
      for (uint64_t index = 0; index < leaves.size() >> height; ++index) {
        nodes.push_back({.height = height, .index = index});
      }
    }
    const auto hashes = store_->ReadNodes(nodes);
    ASSERT_THAT(hashes, IsOk());
    EXPECT_EQ(*hashes, testing::NodesOver(leaves, nodes)) << leaves.size();
  }
  EXPECT_EQ(leaves.size(), 600U);
}

TEST_P(EventStoreContract, ASubtreeThatIsNotCompleteIsOutOfRange) {
  const auto read = [&](uint32_t height, uint64_t index) {
    const ledger::Node node{.height = height, .index = index};
    return store_->ReadNodes({&node, 1}).status();
  };
  const auto out_of_range = HasCode(absl::StatusCode::kOutOfRange);
  EXPECT_THAT(read(0, 0), out_of_range);
  Fill(6);

  EXPECT_THAT(read(2, 0), IsOk());
  EXPECT_THAT(read(0, 5), IsOk());
  EXPECT_THAT(read(0, 6), out_of_range);
  EXPECT_THAT(read(2, 1), out_of_range);
  EXPECT_THAT(read(3, 0), out_of_range);
  EXPECT_THAT(read(63, 1), out_of_range);
  EXPECT_THAT(read(64, 0), out_of_range);
  EXPECT_THAT(read(1, std::numeric_limits<uint64_t>::max()), out_of_range);
  EXPECT_THAT(store_->ReadNodes({}), IsOk());
}

TEST_P(EventStoreContract, SumsUpWhatIsAskedFor) {
  const auto of = [&](const std::string& action, audit::v1::Outcome outcome) {
    Event event = EventOf(action);
    event.set_outcome(outcome);
    return Make(event);
  };
  ASSERT_THAT(Append({of("before", audit::v1::OUTCOME_SUCCESS)}), IsOk());
  clock_.Advance(absl::Seconds(1));
  const auto first = Append({of("login", audit::v1::OUTCOME_SUCCESS)});
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(Append({of("login", audit::v1::OUTCOME_FAILURE)}), IsOk());
  }
  clock_.Advance(absl::Seconds(1));
  const auto last =
      Append({of("a.deposit", audit::v1::OUTCOME_DENIED), of("login", audit::v1::OUTCOME_SUCCESS)});
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(Append({of("after", audit::v1::OUTCOME_SUCCESS)}), IsOk());

  const auto summary = store_->Summarize(Seq(1), Seq(6));

  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->first_time, first->created_at);
  EXPECT_EQ(summary->last_time, last->created_at);
  EXPECT_EQ(storage::CountsText(summary->counts),
            "a.deposit,DENIED,1\nlogin,SUCCESS,2\nlogin,FAILURE,3\n");
  EXPECT_EQ(storage::CountsText(store_->Summarize(Seq(7), Seq(7))->counts), "after,SUCCESS,1\n");
}

TEST_P(EventStoreContract, SaysWhoRecordedWhatIsAskedFor) {
  const auto by = [&](const std::string& producer, std::optional<uint64_t> number) {
    Event event = EventOf("login");
    if (number) event.set_producer_sequence(*number);
    return testing::MakeNewEvent(
        rules_, event,
        {.producer = producer, .source = audit::v1::SOURCE_CLAIMED, .request_id = ""},
        clock_.Now());
  };
  constexpr uint64_t kGreatest = (uint64_t{1} << 63) - 1;
  ASSERT_THAT(Append({by("before", 1)}), IsOk());
  const auto first = Append({by("shop", 0), by("shop", std::nullopt)});
  clock_.Advance(absl::Seconds(1));
  const auto last = Append({by("bot", kGreatest)});
  ASSERT_THAT(Append({by("after", 1)}), IsOk());

  const auto events = store_->ReadProducers(Seq(1), Seq(3));

  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->size(), 3U);
  for (uint64_t i = 0; i < 3; ++i) {
    const Event& event = (*events)[i];
    EXPECT_EQ(event.seq(), i + 1);
    EXPECT_EQ(MicrosOf(event.created_at()), i < 2 ? first->created_at : last->created_at);
    EXPECT_EQ(event.producer(), i < 2 ? "shop" : "bot");
  }
  EXPECT_TRUE((*events)[0].has_producer_sequence());
  EXPECT_EQ((*events)[0].producer_sequence(), 0);
  EXPECT_FALSE((*events)[1].has_producer_sequence());
  EXPECT_EQ((*events)[2].producer_sequence(), kGreatest);
}

TEST_P(EventStoreContract, WhatIsNotThereHasNoProducers) {
  const auto out_of_range = HasCode(absl::StatusCode::kOutOfRange);
  EXPECT_THAT(store_->ReadProducers(Seq(0), Seq(0)), out_of_range);
  Fill(6);

  EXPECT_EQ(store_->ReadProducers(Seq(0), Seq(5))->size(), 6U);
  EXPECT_THAT(store_->ReadProducers(Seq(0), Seq(6)), out_of_range);
  EXPECT_THAT(store_->ReadProducers(Seq(3), Seq(2)), out_of_range);
}

TEST_P(EventStoreContract, WhatIsNotThereCannotBeSummedUp) {
  const auto out_of_range = HasCode(absl::StatusCode::kOutOfRange);
  EXPECT_THAT(store_->Summarize(Seq(0), Seq(0)), out_of_range);
  Fill(6);

  EXPECT_THAT(store_->Summarize(Seq(0), Seq(5)), IsOk());
  EXPECT_THAT(store_->Summarize(Seq(0), Seq(6)), out_of_range);
  EXPECT_THAT(store_->Summarize(Seq(3), Seq(2)), out_of_range);
  EXPECT_THAT(store_->Summarize(Seq(0), Seq(std::numeric_limits<uint64_t>::max())), out_of_range);
}

TEST_P(EventStoreContract, TextIsNeverNormalised) {
  Event composed = EventOf("rename");
  composed.set_actor("한글 👩‍👩‍👧");
  Event decomposed = EventOf("rename");
  decomposed.set_actor("\u1112\u1161\u11ab\u1100\u1173\u11af");

  ASSERT_THAT(Append({Make(composed), Make(decomposed)}), IsOk());

  EXPECT_EQ(store_->Get(Seq(0))->actor(), composed.actor());
  EXPECT_EQ(store_->Get(Seq(1))->actor(), decomposed.actor());
}

TEST_P(EventStoreContract, TimesAreFlooredToTheMicrosecond) {
  Event event = EventOf("login");
  event.mutable_event_time()->set_seconds(-1);
  event.mutable_event_time()->set_nanos(999'998'999);

  ASSERT_THAT(Append({Make(event)}), IsOk());

  EXPECT_EQ(MicrosOf(store_->Get(Seq(0))->event_time()), -2);
  EXPECT_EQ(store_->Get(Seq(0))->event_time().nanos(), 999'998'000);
}

TEST_P(EventStoreContract, TheEndsOfEveryRangeComeBack) {
  Event low = EventOf("a");
  SetTimestamp(kMinMicros, low.mutable_event_time());
  low.set_user_id(std::numeric_limits<int64_t>::min());
  low.set_producer_sequence(0);
  Event high = EventOf("a");
  high.set_user_id(std::numeric_limits<int64_t>::max());
  high.set_producer_sequence(static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));

  ASSERT_THAT(Append({Make(low), Make(high)}), IsOk());

  EXPECT_EQ(MicrosOf(store_->Get(Seq(0))->event_time()), kMinMicros);
  EXPECT_EQ(store_->Get(Seq(0))->user_id(), low.user_id());
  EXPECT_TRUE(store_->Get(Seq(0))->has_producer_sequence());
  EXPECT_EQ(store_->Get(Seq(1))->user_id(), high.user_id());
  EXPECT_EQ(store_->Get(Seq(1))->producer_sequence(), high.producer_sequence());
}

}  // namespace daybook::contract
