#include "journal/record_stream.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/mutex.h"
#include "support/gated_event_store.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/offline_proof.h"
#include "support/signed_log.h"
#include "support/status_matchers.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::StreamRecordEventsRequest;
using ::daybook::testing::EventOf;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::StartsWith;

StreamRecordEventsRequest StreamedOf(const std::string& action,
                                     const std::string& request_id = "") {
  StreamRecordEventsRequest request;
  *request.mutable_request()->mutable_event() = EventOf(action);
  request.mutable_request()->set_request_id(request_id);
  return request;
}

class RecordStreamTest : public ::testing::Test {
 protected:
  // Whatever a test leaves under way is recorded before the stream goes.
  ~RecordStreamTest() override {
    store_.Open();
    while (!stream_.is_settled()) TakeAndRelease();
  }

  void Add(const StreamRecordEventsRequest& request) {
    stream_.Add(std::make_shared<StreamRecordEventsRequest>(request), request.ByteSizeLong());
  }

  // Waits for the next answer.
  RecordStream::Answered Take() {
    while (true) {
      if (auto answered = stream_.TakeAnswer()) return *std::move(answered);
      const MutexLock lock(mutex_);
      if (changes_seen_ == changes_) changed_.Wait(mutex_);
      changes_seen_ = changes_;
    }
  }

  RecordStream::Answered TakeAndRelease() {
    RecordStream::Answered answered = Take();
    stream_.Release();
    return answered;
  }

  // Shuts the store and adds an event whose append then hangs there.
  void AddAndHang() {
    const size_t before = store_.group_sizes().size();
    store_.Shut();
    Add(StreamedOf("hanging"));
    store_.WaitForAppends(before + 1);
  }

  Mutex mutex_;
  CondVar changed_;
  size_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t changes_seen_ ABSL_GUARDED_BY(mutex_) = 0;

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  telemetry::Metrics metrics_;
  testing::MemoryEventStore* memory_ = new testing::MemoryEventStore(clock_);
  testing::GatedEventStore store_{std::unique_ptr<storage::EventStore>(memory_)};
  testing::SignedLog signed_{store_, clock_, metrics_};
  GroupCommit commits_{store_, metrics_, {.max_waiting_events = 100}};
  WorkPool batches_{1, 1};
  Recorder recorder_{rules_, commits_, signed_.prover(), batches_, /*trusts_witnesses=*/false,
                     clock_};
  RecordStream stream_{recorder_,
                       {.producer = "shop", .source = audit::v1::SOURCE_CLAIMED},
                       {.max_events = 200, .max_bytes = size_t{1} << 20},
                       [this] {
                         const MutexLock lock(mutex_);
                         ++changes_;
                         changed_.NotifyAll();
                       }};
};

TEST_F(RecordStreamTest, AnswersInTheOrderOfTheRequests) {
  for (int i = 0; i < 150; ++i) Add(StreamedOf(absl::StrCat("step_", i)));

  for (uint64_t i = 0; i < 150; ++i) {
    const RecordStream::Answered answered = TakeAndRelease();
    ASSERT_THAT(answered.outcome, IsOk());
    EXPECT_EQ(answered.outcome->value().seq, Seq(i));
    EXPECT_EQ(memory_->Get(Seq(i))->action(), absl::StrCat("step_", i));
  }
  EXPECT_TRUE(stream_.is_settled());
}

TEST_F(RecordStreamTest, RecordsUnderTheNameOfTheCaller) {
  Add(StreamedOf("login", "id-1"));

  ASSERT_THAT(TakeAndRelease().outcome, IsOk());
  EXPECT_EQ(memory_->Get(Seq(0))->producer(), "shop");
  EXPECT_EQ(memory_->Get(Seq(0))->request_id(), "id-1");
}

TEST_F(RecordStreamTest, ABadRequestIsAnsweredInItsPlaceAndTheOthersAreRecorded) {
  AddAndHang();
  Add(StreamedOf(""));
  Add(StreamedOf("after"));
  EXPECT_FALSE(stream_.TakeAnswer());  // the bad one's answer waits for its turn

  store_.Open();

  EXPECT_THAT(TakeAndRelease().outcome, IsOk());
  const absl::Status bad = TakeAndRelease().outcome.status();
  EXPECT_EQ(ReasonIn(bad), "ACTION_REQUIRED");
  EXPECT_EQ(BadRequestIn(bad).field_violations(0).field(), "request.event.action");
  EXPECT_THAT(TakeAndRelease().outcome, IsOk());
  EXPECT_EQ(memory_->Size(), LogSize(2));
}

TEST_F(RecordStreamTest, WhatCouldNotBeReadIsAnsweredInItsPlaceToo) {
  Add(StreamedOf("before"));
  stream_.Add(absl::InvalidArgumentError("no message"), 10);
  Add(StreamedOf("after"));

  EXPECT_THAT(TakeAndRelease().outcome, IsOk());
  EXPECT_EQ(TakeAndRelease().outcome.status(), absl::InvalidArgumentError("no message"));
  EXPECT_THAT(TakeAndRelease().outcome, IsOk());
}

TEST_F(RecordStreamTest, RepeatsAndReusedIdsAreAnsweredEachForItself) {
  Add(StreamedOf("a", "id-1"));
  Add(StreamedOf("a", "id-1"));
  Add(StreamedOf("b", "id-1"));

  EXPECT_FALSE(TakeAndRelease().outcome->value().duplicate);
  EXPECT_TRUE(TakeAndRelease().outcome->value().duplicate);
  const absl::Status reused = TakeAndRelease().outcome.status();
  EXPECT_THAT(reused, HasCode(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(std::string(reused.message()), StartsWith("request_id:"));
}

TEST_F(RecordStreamTest, TheRulesOfRecordEventHold) {
  StreamRecordEventsRequest validating = StreamedOf("login");
  validating.mutable_request()->set_validate_only(true);
  StreamRecordEventsRequest waiting = StreamedOf("login");
  waiting.mutable_request()->set_wait_for(audit::v1::WAIT_FOR_WITNESSED);
  StreamRecordEventsRequest odd = StreamedOf("login");
  odd.mutable_request()->set_wait_for(static_cast<audit::v1::WaitFor>(9));

  Add(validating);
  Add(waiting);
  Add(odd);

  const RecordStream::Answered validated = TakeAndRelease();
  ASSERT_THAT(validated.outcome, IsOk());
  EXPECT_FALSE(validated.outcome->has_value());
  EXPECT_EQ(ReasonIn(TakeAndRelease().outcome.status()), "WITNESS_NOT_CONFIGURED");
  EXPECT_THAT(std::string(TakeAndRelease().outcome.status().message()),
              StartsWith("request.wait_for"));
  EXPECT_EQ(memory_->Size(), LogSize(0));
}

TEST_F(RecordStreamTest, OneThatWaitsForACheckpointKeepsItsPlace) {
  StreamRecordEventsRequest waiting = StreamedOf("second");
  waiting.mutable_request()->set_wait_for(audit::v1::WAIT_FOR_CHECKPOINT);

  Add(StreamedOf("first"));
  Add(waiting);
  Add(StreamedOf("third"));

  EXPECT_EQ((**TakeAndRelease().outcome).proof, "");
  const Receipt second = **TakeAndRelease().outcome;
  EXPECT_EQ(second.seq, Seq(1));
  audit::v1::Receipt receipt;
  ToProto(second, receipt);
  EXPECT_THAT(testing::CheckOffline(receipt, signed_.verifier()), IsOk());
  EXPECT_EQ((**TakeAndRelease().outcome).seq, Seq(2));
}

TEST_F(RecordStreamTest, WhatComesDuringACommitGoesToTheJournalTogether) {
  AddAndHang();
  for (int i = 0; i < 40; ++i) Add(StreamedOf("a"));
  EXPECT_TRUE(absl::StrContains(metrics_.Text(), "daybook_journal_queue_events 0"));

  store_.Open();

  for (int i = 0; i < 41; ++i) EXPECT_THAT(TakeAndRelease().outcome, IsOk());
  EXPECT_THAT(store_.group_sizes(), ::testing::ElementsAre(1, 40));
}

TEST_F(RecordStreamTest, AFullQueueIsWaitedFor) {
  AddAndHang();
  for (int i = 0; i < 190; ++i) Add(StreamedOf("a"));  // more than may wait

  store_.Open();

  for (uint64_t i = 0; i < 191; ++i) {
    const RecordStream::Answered answered = TakeAndRelease();
    ASSERT_THAT(answered.outcome, IsOk());
    EXPECT_EQ(answered.outcome->value().seq, Seq(i));
  }
}

TEST_F(RecordStreamTest, HasRoomForSoManyEventsUntilTheirAnswersAreReleased) {
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(stream_.HasRoom());
    Add(StreamedOf("a"));
  }
  EXPECT_FALSE(stream_.HasRoom());

  ASSERT_THAT(Take().outcome, IsOk());
  EXPECT_FALSE(stream_.HasRoom());
  stream_.Release();

  EXPECT_TRUE(stream_.HasRoom());
}

TEST_F(RecordStreamTest, HasRoomForSoManyBytes) {
  StreamRecordEventsRequest large = StreamedOf("a");
  large.mutable_request()->mutable_event()->set_details(
      absl::StrCat(R"({"a":")", std::string(16'000, 'x'), "\"}"));
  int added = 0;
  for (; stream_.HasRoom(); ++added) Add(large);

  EXPECT_LE(added, 66);
  for (int i = 0; i < added; ++i) EXPECT_THAT(TakeAndRelease().outcome, IsOk());
  EXPECT_TRUE(stream_.HasRoom());
}

TEST_F(RecordStreamTest, SaysWhetherTheNextAnswerIsThere) {
  Add(StreamedOf(""));
  Add(StreamedOf(""));
  AddAndHang();

  EXPECT_TRUE(TakeAndRelease().more_follow);
  EXPECT_FALSE(TakeAndRelease().more_follow);
}

TEST_F(RecordStreamTest, AFailedAppendIsAnsweredToEach) {
  AddAndHang();
  Add(StreamedOf("a"));
  memory_->FailAppends(absl::UnavailableError("busy"));
  store_.Open();

  EXPECT_THAT(TakeAndRelease().outcome, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(TakeAndRelease().outcome, HasCode(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace daybook::journal
