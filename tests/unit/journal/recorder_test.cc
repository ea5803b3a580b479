#include "journal/recorder.h"

#include <atomic>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/offline_proof.h"
#include "support/signed_log.h"
#include "support/status_matchers.h"
#include "support/waiting_answer.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::BatchRecordEventsRequest;
using ::daybook::audit::v1::BatchRecordEventsResponse;
using ::daybook::audit::v1::RecordEventRequest;
using ::daybook::audit::v1::RecordEventResponse;
using ::daybook::testing::EventOf;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::StartsWith;

RecordEventRequest RequestOf(const std::string& action, const std::string& request_id = "") {
  RecordEventRequest request;
  *request.mutable_event() = EventOf(action);
  request.set_request_id(request_id);
  return request;
}

class RecorderTest : public ::testing::Test {
 protected:
  absl::StatusOr<RecordEventResponse> Record(const RecordEventRequest& request) {
    testing::WaitingAnswer<RecordEventResponse> answered;
    recorder_.Record(principal_, std::make_shared<RecordEventRequest>(request), answered.Take());
    return answered.Get();
  }

  absl::StatusOr<BatchRecordEventsResponse> BatchRecord(const BatchRecordEventsRequest& request) {
    testing::WaitingAnswer<std::shared_ptr<const BatchRecordEventsResponse>> answered;
    recorder_.BatchRecord(principal_, std::make_shared<BatchRecordEventsRequest>(request),
                          answered.Take());
    if (!answered.Get().ok()) return answered.Get().status();
    return **answered.Get();
  }

  const auth::Principal principal_{.producer = "shop", .source = audit::v1::SOURCE_AUTHENTICATED};
  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  telemetry::Metrics metrics_;
  testing::MemoryEventStore store_{clock_};
  testing::SignedLog signed_{store_, clock_, metrics_};
  GroupCommit commits_{store_, metrics_, {}};
  WorkPool batches_{/*turns=*/1, /*max_waiting=*/1};
  Recorder recorder_{rules_, commits_, signed_.prover(), batches_, /*trusts_witnesses=*/false,
                     clock_};
};

TEST_F(RecorderTest, RecordsUnderTheNameOfTheCaller) {
  RecordEventRequest request = RequestOf("login", "id-1");
  request.mutable_event()->set_producer("somebody-else");
  request.mutable_event()->set_source(audit::v1::SOURCE_SERVICE);

  const auto response = Record(request);

  ASSERT_THAT(response, IsOk());
  const audit::v1::Event stored = *store_.Get(Seq(response->receipt().seq()));
  EXPECT_EQ(stored.producer(), "shop");
  EXPECT_EQ(stored.source(), audit::v1::SOURCE_AUTHENTICATED);
  EXPECT_EQ(stored.request_id(), "id-1");
  EXPECT_EQ(response->receipt().leaf_hash(), stored.leaf_hash());
}

TEST_F(RecorderTest, KeepsNothingOfFieldsThatItDoesNotKnow) {
  const auto request = std::make_shared<RecordEventRequest>(RequestOf("login"));
  for (google::protobuf::Message* const part :
       {static_cast<google::protobuf::Message*>(request.get()),
        static_cast<google::protobuf::Message*>(request->mutable_event())}) {
    part->GetReflection()->MutableUnknownFields(part)->AddLengthDelimited(99, "much");
  }

  testing::WaitingAnswer<RecordEventResponse> answered;
  recorder_.Record(principal_, request, answered.Take());

  ASSERT_THAT(answered.Get(), IsOk());
  EXPECT_TRUE(RecordEventRequest::GetReflection()->GetUnknownFields(*request).empty());
  EXPECT_TRUE(audit::v1::Event::GetReflection()->GetUnknownFields(request->event()).empty());
}

TEST_F(RecorderTest, RefusesAnEventThatBreaksARule) {
  const auto response = Record(RequestOf(""));

  EXPECT_THAT(response, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonIn(response.status()), "ACTION_REQUIRED");
  EXPECT_EQ(store_.Size(), LogSize(0));
}

TEST_F(RecorderTest, ValidateOnlyRecordsNothing) {
  RecordEventRequest request = RequestOf("login", "id-1");
  request.set_validate_only(true);

  const auto response = Record(request);

  ASSERT_THAT(response, IsOk());
  EXPECT_FALSE(response->has_receipt());
  EXPECT_EQ(store_.Size(), LogSize(0));
}

TEST_F(RecorderTest, ValidateOnlyFindsWhatIsWrong) {
  RecordEventRequest request = RequestOf("Login");
  request.set_validate_only(true);

  EXPECT_THAT(Record(request), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(RecorderTest, AnswersARepeatWithTheFirstReceipt) {
  const auto first = Record(RequestOf("login", "id-1"));
  const auto again = Record(RequestOf("login", "id-1"));

  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->receipt().seq(), first->receipt().seq());
  EXPECT_TRUE(again->receipt().duplicate());
}

TEST_F(RecorderTest, WaitsOnlyForWhatCanCome) {
  RecordEventRequest request = RequestOf("login");
  request.set_wait_for(audit::v1::WAIT_FOR_DURABLE);
  EXPECT_THAT(Record(request), IsOk());

  request.set_wait_for(audit::v1::WAIT_FOR_WITNESSED);
  EXPECT_EQ(ReasonIn(Record(request).status()), "WITNESS_NOT_CONFIGURED");
  request.set_wait_for(static_cast<audit::v1::WaitFor>(9));
  EXPECT_THAT(Record(request), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(store_.Size(), LogSize(1));
}

TEST_F(RecorderTest, AReceiptOfACheckpointCarriesItsProof) {
  BatchRecordEventsRequest batch;
  for (int i = 0; i < 3; ++i) *batch.add_requests() = RequestOf("login");
  batch.set_wait_for(audit::v1::WAIT_FOR_CHECKPOINT);
  const auto response = BatchRecord(batch);
  ASSERT_THAT(response, IsOk());
  RecordEventRequest request = RequestOf("login", "id-1");
  request.set_wait_for(audit::v1::WAIT_FOR_CHECKPOINT);
  const auto once = Record(request);
  ASSERT_THAT(once, IsOk());
  const auto again = Record(request);
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->receipt().duplicate());

  std::vector<audit::v1::Receipt> receipts(response->receipts().begin(),
                                           response->receipts().end());
  receipts.push_back(once->receipt());
  receipts.push_back(again->receipt());
  for (const audit::v1::Receipt& receipt : receipts) {
    EXPECT_THAT(testing::CheckOffline(receipt, signed_.verifier()), IsOk());
  }
}

TEST_F(RecorderTest, AReceiptThatWaitedForAWitnessCarriesItsCosignature) {
  Recorder trusting(rules_, commits_, signed_.prover(), batches_, /*trusts_witnesses=*/true,
                    clock_);
  RecordEventRequest request = RequestOf("login");
  request.set_wait_for(audit::v1::WAIT_FOR_WITNESSED);
  testing::WaitingAnswer<RecordEventResponse> answered;
  trusting.Record(principal_, std::make_shared<RecordEventRequest>(request), answered.Take());
  testing::WaitingAnswer<Published> covered;
  signed_.checkpointer().WhenCovered(LogSize(1), covered.Take());
  ASSERT_THAT(covered.Get(), IsOk());
  EXPECT_FALSE(answered.is_answered());

  signed_.Cosign(LogSize(1));

  ASSERT_THAT(answered.Get(), IsOk());
  for (const ledger::VerifierKey& key : {signed_.verifier(), signed_.witness()}) {
    EXPECT_THAT(testing::CheckOffline(answered.Get()->receipt(), key), IsOk());
  }
}

TEST_F(RecorderTest, AReceiptOfADurableEventCarriesNone) {
  EXPECT_EQ(Record(RequestOf("login"))->receipt().proof(), "");
}

// Says where events are checked.
class WatchedClock final : public Clock {
 public:
  absl::Time Now() const override {
    asked_here_ = asked_here_ || std::this_thread::get_id() == here_;
    return absl::Now();
  }
  bool asked_here() const { return asked_here_; }

 private:
  const std::thread::id here_ = std::this_thread::get_id();
  mutable std::atomic<bool> asked_here_ = false;
};

TEST_F(RecorderTest, LargeBatchesDoNotKeepTheThreadThatBringsThem) {
  BatchRecordEventsRequest small;
  for (int i = 0; i < 3; ++i) *small.add_requests() = RequestOf("login");
  BatchRecordEventsRequest large;
  for (int i = 0; i < 100; ++i) *large.add_requests() = RequestOf("login");
  for (const BatchRecordEventsRequest& batch : {small, large}) {
    const WatchedClock clock;
    Recorder watched(rules_, commits_, signed_.prover(), batches_, /*trusts_witnesses=*/false,
                     clock);
    testing::WaitingAnswer<std::shared_ptr<const BatchRecordEventsResponse>> answered;

    watched.BatchRecord(principal_, std::make_shared<BatchRecordEventsRequest>(batch),
                        answered.Take());

    ASSERT_THAT(answered.Get(), IsOk());
    EXPECT_EQ((*answered.Get())->receipts_size(), batch.requests_size());
    EXPECT_EQ(clock.asked_here(), batch.requests_size() == small.requests_size());
  }
}

TEST_F(RecorderTest, WhereTooManyLargeBatchesWaitTheThreadThatBringsOneChecksIt) {
  WorkPool full(/*turns=*/1, /*max_waiting=*/0);
  const WatchedClock clock;
  Recorder watched(rules_, commits_, signed_.prover(), full, /*trusts_witnesses=*/false, clock);
  BatchRecordEventsRequest batch;
  for (int i = 0; i < 100; ++i) *batch.add_requests() = RequestOf("login");
  testing::WaitingAnswer<std::shared_ptr<const BatchRecordEventsResponse>> answered;

  watched.BatchRecord(principal_, std::make_shared<BatchRecordEventsRequest>(batch),
                      answered.Take());

  ASSERT_THAT(answered.Get(), IsOk());
  EXPECT_TRUE(clock.asked_here());
}

TEST_F(RecorderTest, RecordsABatchInOrder) {
  BatchRecordEventsRequest batch;
  for (int i = 0; i < 5; ++i) *batch.add_requests() = RequestOf(absl::StrCat("step_", i));

  const auto response = BatchRecord(batch);

  ASSERT_THAT(response, IsOk());
  ASSERT_EQ(response->receipts_size(), 5);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(store_.Get(Seq(response->receipts(i).seq()))->action(), absl::StrCat("step_", i));
  }
}

TEST_F(RecorderTest, OneBadMemberRefusesTheBatchAndIsNamed) {
  BatchRecordEventsRequest batch;
  *batch.add_requests() = RequestOf("login");
  *batch.add_requests() = RequestOf("");

  const auto response = BatchRecord(batch);

  EXPECT_EQ(ReasonIn(response.status()), "ACTION_REQUIRED");
  EXPECT_THAT(std::string(response.status().message()), StartsWith("requests[1].event.action"));
  EXPECT_EQ(store_.Size(), LogSize(0));
}

TEST_F(RecorderTest, ABatchAnswersRepeatsAndRecordsTheRest) {
  ASSERT_THAT(Record(RequestOf("login", "id-1")), IsOk());
  BatchRecordEventsRequest batch;
  *batch.add_requests() = RequestOf("logout", "id-2");
  *batch.add_requests() = RequestOf("login", "id-1");

  const auto response = BatchRecord(batch);

  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->receipts(0).seq(), 1U);
  EXPECT_FALSE(response->receipts(0).duplicate());
  EXPECT_EQ(response->receipts(1).seq(), 0U);
  EXPECT_TRUE(response->receipts(1).duplicate());
}

TEST_F(RecorderTest, AReusedRequestIdRefusesTheBatchAndIsNamed) {
  ASSERT_THAT(Record(RequestOf("login", "id-1")), IsOk());
  BatchRecordEventsRequest batch;
  *batch.add_requests() = RequestOf("logout");
  *batch.add_requests() = RequestOf("logout", "id-1");

  const auto response = BatchRecord(batch);

  EXPECT_EQ(ReasonIn(response.status()), "REQUEST_ID_REUSED");
  EXPECT_THAT(std::string(response.status().message()), HasSubstr("requests[1]"));
  EXPECT_EQ(store_.Size(), LogSize(1));
}

TEST_F(RecorderTest, ABatchHasOneToAThousandMembers) {
  BatchRecordEventsRequest batch;
  EXPECT_THAT(BatchRecord(batch), HasCode(absl::StatusCode::kInvalidArgument));

  for (int i = 0; i < 1'000; ++i) *batch.add_requests() = RequestOf("login");
  EXPECT_THAT(BatchRecord(batch), IsOk());

  *batch.add_requests() = RequestOf("login");
  EXPECT_THAT(BatchRecord(batch), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(store_.Size(), LogSize(1'000));
}

TEST_F(RecorderTest, ABatchHasAtMostFourMebibytes) {
  BatchRecordEventsRequest batch;
  RecordEventRequest large = RequestOf("login");
  large.mutable_event()->set_details(absl::StrCat(R"({"a":")", std::string(16'000, 'x'), "\"}"));
  while (batch.ByteSizeLong() + large.ByteSizeLong() + 8 < size_t{4} << 20) {
    *batch.add_requests() = large;
  }
  EXPECT_THAT(BatchRecord(batch), IsOk());

  *batch.add_requests() = large;
  EXPECT_EQ(ReasonIn(BatchRecord(batch).status()), "EVENT_TOO_LARGE");
}

TEST_F(RecorderTest, AValidatedBatchRecordsNothing) {
  BatchRecordEventsRequest batch;
  batch.set_validate_only(true);
  *batch.add_requests() = RequestOf("login");
  *batch.add_requests() = RequestOf("logout");

  const auto response = BatchRecord(batch);

  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->receipts_size(), 2);
  EXPECT_EQ(store_.Size(), LogSize(0));
}

TEST_F(RecorderTest, TheBatchDecidesForItsMembers) {
  BatchRecordEventsRequest validating;
  *validating.add_requests() = RequestOf("login");
  validating.mutable_requests(0)->set_validate_only(true);
  BatchRecordEventsRequest waiting;
  *waiting.add_requests() = RequestOf("login");
  waiting.mutable_requests(0)->set_wait_for(audit::v1::WAIT_FOR_DURABLE);

  EXPECT_THAT(std::string(BatchRecord(validating).status().message()),
              StartsWith("requests[0].validate_only"));
  EXPECT_THAT(std::string(BatchRecord(waiting).status().message()),
              StartsWith("requests[0].wait_for"));
}

}  // namespace
}  // namespace daybook::journal
