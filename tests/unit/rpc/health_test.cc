#include <memory>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include "absl/strings/str_cat.h"

#include "rpc/server.h"
#include "support/manual_clock.h"

namespace daybook::rpc {
namespace {

// Answers of grpc.health.v1, byte for byte: the distribution ships no stubs.
constexpr char kServing[] = "\x08\x01";
constexpr char kNotServing[] = "\x08\x02";

class HealthTest : public ::testing::Test {
 protected:
  // The answer's bytes, or the code of the error.
  std::string Check(const std::string& service) {
    const std::string name_field = {'\x0a', static_cast<char>(service.size())};
    const grpc::Slice slice(service.empty() ? "" : name_field + service);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::GenericStub generic(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    grpc::ByteBuffer response;
    grpc::Status status;
    const auto call =
        generic.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool is_ok = false;
    queue.Next(&tag, &is_ok);
    if (!status.ok()) return absl::StrCat("code ", static_cast<int>(status.error_code()));
    grpc::Slice answer;
    EXPECT_TRUE(response.DumpToSingleSlice(&answer).ok());
    return {reinterpret_cast<const char*>(answer.begin()), answer.size()};
  }

  testing::ManualClock clock_;
  std::ostringstream log_lines_;
  telemetry::Log log_{log_lines_, clock_};
  telemetry::Metrics metrics_;
  Gate gate_{absl::UnavailableError("starting")};
  std::unique_ptr<Server> server_ =
      Server::Start({.listen = "127.0.0.1:0", .more_services = {}}, gate_, metrics_, log_).value();
  std::shared_ptr<grpc::Channel> channel_ = grpc::CreateChannel(
      absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials());
};

TEST_F(HealthTest, IsNotServingUntilTold) {
  EXPECT_EQ(Check(""), kNotServing);
  EXPECT_EQ(Check("daybook.audit.v1.AuditService"), kNotServing);

  server_->SetServing(true);

  EXPECT_EQ(Check(""), kServing);
  EXPECT_EQ(Check("daybook.audit.v1.AuditService"), kServing);
  EXPECT_EQ(Check("daybook.ledger.v1.LedgerService"), kServing);
}

TEST_F(HealthTest, MayStopServing) {
  server_->SetServing(true);
  server_->SetServing(false);

  EXPECT_EQ(Check(""), kNotServing);
  EXPECT_EQ(Check("daybook.ledger.v1.LedgerService"), kNotServing);
}

TEST_F(HealthTest, LivenessDoesNotDependOnServing) {
  EXPECT_EQ(Check("liveness"), kServing);

  server_->SetServing(true);
  server_->SetServing(false);

  EXPECT_EQ(Check("liveness"), kServing);
}

TEST_F(HealthTest, KnowsNoOtherService) {
  EXPECT_EQ(Check("daybook.audit.v1.NoService"), "code 5");
}

}  // namespace
}  // namespace daybook::rpc
