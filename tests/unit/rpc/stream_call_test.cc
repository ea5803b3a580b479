#include "rpc/stream_call.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "daybook/audit/v1/audit_service.grpc.pb.h"
#include "rpc/status.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "unit/rpc/running_server_test.h"

namespace daybook::rpc {
namespace {

using ::daybook::audit::v1::AuditService;
using ::daybook::audit::v1::StreamRecordEventsRequest;
using ::daybook::audit::v1::StreamRecordEventsResponse;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

StreamRecordEventsRequest Streamed(const std::string& action) {
  StreamRecordEventsRequest request;
  *request.mutable_request()->mutable_event() = testing::EventOf(action);
  return request;
}

// A client of one stream.
class StreamCallTest : public RunningServerTest {
 protected:
  StreamCallTest() { stream_ = stub_->StreamRecordEvents(&context_); }

  // The answers up to the end of the stream, and its status.
  absl::Status ReadToEnd(std::vector<StreamRecordEventsResponse>& answers) {
    StreamRecordEventsResponse answer;
    while (stream_->Read(&answer)) answers.push_back(answer);
    return FromGrpc(stream_->Finish());
  }

  static absl::Status Shutdown() {
    return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kShuttingDown, "stopping");
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<StreamRecordEventsRequest, StreamRecordEventsResponse>>
      stream_;
};

TEST_F(StreamCallTest, AnswersInOrderAndEndsWhenTheClientDoes) {
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(stream_->Write(Streamed(i == 100 ? "" : "login")));
  stream_->WritesDone();

  std::vector<StreamRecordEventsResponse> answers;
  EXPECT_THAT(ReadToEnd(answers), IsOk());

  ASSERT_EQ(answers.size(), 300U);
  for (uint64_t i = 0; i < 300; ++i) {
    ASSERT_EQ(answers[i].has_status(), i == 100);
    const uint64_t recorded_before = i > 100 ? i - 1 : i;
    if (i != 100) {
      EXPECT_EQ(answers[i].receipt().seq(), recorded_before);
    }
  }
}

TEST_F(StreamCallTest, ABadEventIsAnsweredAsACallWouldBe) {
  ASSERT_TRUE(stream_->Write(Streamed("")));
  StreamRecordEventsResponse answer;
  ASSERT_TRUE(stream_->Read(&answer));

  const absl::Status error = FromProto(answer.status());

  EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonIn(error), "ACTION_REQUIRED");
  EXPECT_EQ(BadRequestIn(error).field_violations(0).field(), "request.event.action");
  EXPECT_TRUE(error.GetPayload("type.googleapis.com/google.rpc.RequestInfo").has_value());
}

TEST_F(StreamCallTest, StreamsAndTheirEventsAreCountedAndFailuresLogged) {
  ASSERT_TRUE(stream_->Write(Streamed("login")));
  ASSERT_TRUE(stream_->Write(Streamed("")));
  stream_->WritesDone();
  std::vector<StreamRecordEventsResponse> answers;
  ASSERT_THAT(ReadToEnd(answers), IsOk());

  server_->Stop();

  const std::string method = "method=\"AuditService/StreamRecordEvents\"";
  const std::string page = metrics_.Text();
  EXPECT_THAT(page, HasSubstr(absl::StrCat("daybook_rpc_requests_total{code=\"OK\",", method)));
  EXPECT_THAT(page,
              HasSubstr(absl::StrCat("daybook_rpc_stream_events_total{code=\"OK\",", method)));
  EXPECT_THAT(page, HasSubstr("daybook_rpc_stream_events_total{code=\"INVALID_ARGUMENT\","));
  EXPECT_THAT(log_lines_.str(), HasSubstr("\"event\":\"event_failed\""));
}

TEST_F(StreamCallTest, AnIdleStreamEndsWhenTheGateShuts) {
  ASSERT_TRUE(stream_->Write(Streamed("login")));
  StreamRecordEventsResponse answer;
  ASSERT_TRUE(stream_->Read(&answer));

  gate_.Shut(Shutdown());

  gate_.WaitUntilEmpty(absl::InfiniteDuration());
  std::vector<StreamRecordEventsResponse> answers;
  const absl::Status end = ReadToEnd(answers);
  EXPECT_THAT(end, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonIn(end), "SHUTTING_DOWN");
}

TEST_F(StreamCallTest, WhatWasReadIsAnsweredBeforeTheStreamEnds) {
  store_->Shut();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(stream_->Write(Streamed("login")));
  store_->WaitForAppends(1);

  gate_.Shut(Shutdown());
  store_->Open();

  std::vector<StreamRecordEventsResponse> answers;
  EXPECT_EQ(ReasonIn(ReadToEnd(answers)), "SHUTTING_DOWN");
  EXPECT_GE(answers.size(), 1U);
  EXPECT_EQ(store_->Size(), LogSize(answers.size()));
}

TEST_F(StreamCallTest, AStreamThatComesTooLateIsToldWhy) {
  gate_.Shut(Shutdown());
  grpc::ClientContext context;

  const auto late = stub_->StreamRecordEvents(&context);
  StreamRecordEventsResponse answer;

  EXPECT_FALSE(late->Read(&answer));
  EXPECT_EQ(ReasonIn(FromGrpc(late->Finish())), "SHUTTING_DOWN");
}

TEST_F(StreamCallTest, WhatACancelledStreamBroughtIsRecorded) {
  store_->Shut();
  ASSERT_TRUE(stream_->Write(Streamed("login")));
  store_->WaitForAppends(1);

  context_.TryCancel();
  std::vector<StreamRecordEventsResponse> answers;
  EXPECT_THAT(ReadToEnd(answers), HasCode(absl::StatusCode::kCancelled));
  store_->Open();

  gate_.Shut(Shutdown());
  gate_.WaitUntilEmpty(absl::InfiniteDuration());
  EXPECT_EQ(store_->Size(), LogSize(1));
}

}  // namespace
}  // namespace daybook::rpc
