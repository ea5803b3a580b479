#include "rpc/server.h"

#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "daybook/audit/v1/audit_service.grpc.pb.h"
#include "daybook/ledger/v1/ledger_service.grpc.pb.h"
#include "rpc/status.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "unit/rpc/running_server_test.h"

namespace daybook::rpc {
namespace {

using namespace ::daybook::audit::v1;  // NOLINT(google-build-using-namespace): every message of the
                                       // service

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

class ServerTest : public RunningServerTest {
 protected:
  void Prepare(grpc::ClientContext& context) const {
    if (!producer_.empty()) context.AddMetadata("daybook-producer", producer_);
  }

  absl::StatusOr<RecordEventResponse> Record(const RecordEventRequest& request) {
    grpc::ClientContext context;
    Prepare(context);
    RecordEventResponse response;
    const grpc::Status status = stub_->RecordEvent(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }

  static RecordEventRequest Login() {
    RecordEventRequest request;
    *request.mutable_event() = testing::EventOf("login");
    return request;
  }

  std::string producer_;
};

TEST_F(ServerTest, RecordsAndReadsBack) {
  producer_ = "shop:worker-1";

  const auto recorded = Record(Login());

  ASSERT_THAT(recorded, IsOk());
  GetEventRequest get;
  get.set_seq(recorded->receipt().seq());
  grpc::ClientContext context;
  Event event;
  ASSERT_TRUE(stub_->GetEvent(&context, get, &event).ok());
  EXPECT_EQ(event.action(), "login");
  EXPECT_EQ(event.producer(), "shop:worker-1");
  EXPECT_EQ(event.source(), SOURCE_CLAIMED);
  EXPECT_EQ(event.leaf_hash(), recorded->receipt().leaf_hash());
}

TEST_F(ServerTest, RecordsBatchesAndAnswersQueries) {
  BatchRecordEventsRequest batch;
  *batch.add_requests() = Login();
  *batch.add_requests() = Login();
  grpc::ClientContext batch_context;
  BatchRecordEventsResponse receipts;
  ASSERT_TRUE(stub_->BatchRecordEvents(&batch_context, batch, &receipts).ok());

  grpc::ClientContext context;
  QueryEventsResponse found;
  ASSERT_TRUE(stub_->QueryEvents(&context, {}, &found).ok());

  EXPECT_EQ(found.events_size(), 2);
  EXPECT_EQ(found.events(0).producer(), "anonymous");
}

TEST_F(ServerTest, AProducerMustHaveTheFormOfOneAndNotBeTheServices) {
  producer_ = "two words";
  EXPECT_EQ(ReasonIn(Record(Login()).status()), "FIELD_INVALID");

  producer_ = "daybook";
  EXPECT_EQ(ReasonIn(Record(Login()).status()), "PRODUCER_RESERVED");
}

TEST_F(ServerTest, ErrorsCarryTheirDetailsAndTheCallsId) {
  grpc::ClientContext context;
  context.AddMetadata("x-request-id", "call-7");
  RecordEventResponse response;

  const absl::Status error = FromGrpc(stub_->RecordEvent(&context, {}, &response));

  EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonIn(error), "ACTION_REQUIRED");
  EXPECT_EQ(BadRequestIn(error).field_violations(0).field(), "event.action");
  google::rpc::RequestInfo info;
  ASSERT_TRUE(info.ParseFromString(std::string(
      error.GetPayload("type.googleapis.com/google.rpc.RequestInfo").value_or(absl::Cord()))));
  EXPECT_EQ(info.request_id(), "call-7");
}

TEST_F(ServerTest, FailuresAreLoggedAndEveryCallIsCounted) {
  ASSERT_THAT(Record(Login()), IsOk());
  ASSERT_THAT(Record({}), HasCode(absl::StatusCode::kInvalidArgument));

  server_->Stop();

  EXPECT_THAT(log_lines_.str(), HasSubstr("\"reason\":\"ACTION_REQUIRED\""));
  EXPECT_THAT(
      metrics_.Text(),
      HasSubstr("daybook_rpc_requests_total{code=\"OK\",method=\"AuditService/RecordEvent\"} 1"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("code=\"INVALID_ARGUMENT\""));
}

TEST_F(ServerTest, BytesThatAreNoMessageAreTheSendersFault) {
  Event spoiled;
  spoiled.set_action("sp\xffoiled");
  RecordEventRequest request;
  *request.mutable_event() = spoiled;
  const std::string bytes = request.SerializeAsString();
  const grpc::Slice slice(bytes);
  const grpc::ByteBuffer buffer(&slice, 1);
  grpc::GenericStub generic(channel_);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  grpc::ByteBuffer response;
  grpc::Status status;

  const auto call = generic.PrepareUnaryCall(&context, "/daybook.audit.v1.AuditService/RecordEvent",
                                             buffer, &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool is_ok = false;
  ASSERT_TRUE(queue.Next(&tag, &is_ok));

  const absl::Status error = FromGrpc(status);
  EXPECT_EQ(ReasonIn(error), "REQUEST_MALFORMED");
  EXPECT_EQ(BadRequestIn(error).field_violations(0).field(), "event.action");
}

TEST_F(ServerTest, ListsTheProducers) {
  producer_ = "shop:worker-1";
  ASSERT_THAT(Record(Login()), IsOk());

  ListProducersResponse listed;
  absl::Status status;
  do {  // what was there at the start is counted first
    grpc::ClientContext context;
    status = FromGrpc(stub_->ListProducers(&context, {}, &listed));
  } while (absl::IsUnavailable(status));

  ASSERT_THAT(status, IsOk());
  ASSERT_EQ(listed.producers_size(), 1);
  EXPECT_EQ(listed.producers(0).name(), "shop:worker-1");
}

TEST_F(ServerTest, TheLedgersCallsAreAnswered) {
  const auto ledger = ledger::v1::LedgerService::NewStub(channel_);
  grpc::ClientContext checkpoint;
  ledger::v1::GetCheckpointResponse no_checkpoint;
  grpc::ClientContext inclusion;
  ledger::v1::GetInclusionProofResponse no_inclusion;
  grpc::ClientContext consistency;
  ledger::v1::GetConsistencyProofResponse no_consistency;

  EXPECT_EQ(ReasonIn(FromGrpc(ledger->GetCheckpoint(&checkpoint, {}, &no_checkpoint))),
            "CHECKPOINT_NOT_FOUND");
  EXPECT_EQ(ReasonIn(FromGrpc(ledger->GetInclusionProof(&inclusion, {}, &no_inclusion))),
            "EVENT_NOT_FOUND");
  EXPECT_EQ(ReasonIn(FromGrpc(ledger->GetConsistencyProof(&consistency, {}, &no_consistency))),
            "CHECKPOINT_NOT_FOUND");
}

TEST_F(ServerTest, TwoServersDoNotShareAPort) {
  const auto second =
      Server::Start({.listen = absl::StrCat("127.0.0.1:", server_->port()), .more_services = {}},
                    gate_, metrics_, log_);

  EXPECT_THAT(second, HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(ServerTest, AfterStoppingNothingIsAnswered) {
  ASSERT_THAT(Record(Login()), IsOk());

  server_->Stop();

  EXPECT_THAT(Record(Login()), HasCode(absl::StatusCode::kUnavailable));
}

TEST(Gate, SaysWhyItIsShut) {
  Gate gate(absl::UnavailableError("starting"));
  EXPECT_EQ(gate.Enter().status(), absl::UnavailableError("starting"));

  gate.Shut(absl::FailedPreconditionError("migrate"));
  EXPECT_EQ(gate.Enter().status(), absl::FailedPreconditionError("migrate"));
}

// The shut gate and health, over a real channel.
class ShutServerTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  std::ostringstream log_lines_;
  telemetry::Log log_{log_lines_, clock_};
  telemetry::Metrics metrics_;
  Gate gate_{ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSchemaOutdated,
                             "run daybook-migrate apply")};
  std::unique_ptr<Server> server_ =
      Server::Start({.listen = "127.0.0.1:0", .more_services = {}}, gate_, metrics_, log_).value();
  std::shared_ptr<grpc::Channel> channel_ = grpc::CreateChannel(
      absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials());
};

TEST_F(ShutServerTest, EveryCallIsToldWhy) {
  const auto stub = AuditService::NewStub(channel_);
  grpc::ClientContext record_context;
  RecordEventResponse recorded;
  grpc::ClientContext query_context;
  QueryEventsResponse found;

  const absl::Status record = FromGrpc(stub->RecordEvent(&record_context, {}, &recorded));
  const absl::Status query = FromGrpc(stub->QueryEvents(&query_context, {}, &found));

  EXPECT_THAT(record, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonIn(record), "SCHEMA_OUTDATED");
  EXPECT_THAT(std::string(record.message()), HasSubstr("daybook-migrate apply"));
  EXPECT_EQ(ReasonIn(query), "SCHEMA_OUTDATED");
}

}  // namespace
}  // namespace daybook::rpc
