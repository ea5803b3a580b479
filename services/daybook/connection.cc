#include "daybook/connection.h"

#include <chrono>
#include <iostream>
#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "daybook/terminal_text.h"

namespace daybook::cli {
namespace {

// A page of a thousand large events is more than gRPC's 4 MiB.
constexpr int kMaxMessageBytes = 64 << 20;

std::unique_ptr<audit::v1::AuditService::Stub> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return audit::v1::AuditService::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

ExitCode ExitCodeOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kUnavailable;
    default:
      return ExitCode::kRefused;
  }
}

}  // namespace

Connection::Connection(Target target)
    : target_(std::move(target)), stub_(Connect(target_.address)) {}

void Connection::Prepare(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(
                           std::chrono::duration<double>(target_.timeout_seconds)));
}

ExitCode Connection::Fail(const absl::Status& error) const {
  const std::string reason = ReasonIn(error);
  std::cerr << "daybook: " << absl::StatusCodeToString(error.code())
            << (reason.empty() ? "" : absl::StrCat(" / ", reason)) << ": "
            << ForTerminal(std::string(error.message())) << '\n';
  const google::rpc::BadRequest request = BadRequestIn(error);
  for (int i = 1; i < request.field_violations_size(); ++i) {
    const auto& violation = request.field_violations(i);
    std::cerr << "  also " << ForTerminal(violation.field()) << ": "
              << ForTerminal(violation.description()) << '\n';
  }
  // A failure without a reason of ours never reached the service.
  if (absl::IsUnavailable(error) && reason.empty()) {
    std::cerr << "  is daybookd running at " << target_.address
              << "? --address or DAYBOOK_ADDRESS says where it is\n";
  }
  return ExitCodeOf(error.code());
}

}  // namespace daybook::cli
