#include "daybook/connection.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "core/errors.h"
#include "daybook/failure.h"
#include "rpc/status.h"

namespace daybook::cli {
namespace {

// A page of a thousand large events is more than gRPC's 4 MiB.
constexpr int kMaxMessageBytes = 64 << 20;

constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepalivePatienceMs = 10'000;
constexpr int kFirstReconnectMs = 200;
constexpr int kLastReconnectMs = 1'000;

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // For calls that follow the log: they find out that nobody is there any more, and
  // when somebody is again.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepalivePatienceMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLastReconnectMs);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

Connection::Connection(Target target)
    : target_(std::move(target)),
      channel_(Connect(target_.address)),
      stub_(audit::v1::AuditService::NewStub(channel_)),
      admin_(admin::v1::AdminService::NewStub(channel_)),
      ledger_(ledger::v1::LedgerService::NewStub(channel_)),
      witness_(witness::v1::WitnessService::NewStub(channel_)) {}

Connection Connection::To(std::string address) const {
  return Connection({.address = std::move(address), .timeout_seconds = target_.timeout_seconds});
}

absl::Status Connection::From(const grpc::Status& status) const {
  absl::Status error = rpc::FromGrpc(status);
  if (error.ok() || !ReasonIn(error).empty()) return error;
  return About(target_.address, error);
}

void Connection::Prepare(grpc::ClientContext& context, double seconds) const {
  context.set_deadline(
      std::chrono::system_clock::now() +
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::duration<double>(std::max(seconds, target_.timeout_seconds))));
}

ExitCode Connection::Fail(const absl::Status& error) const {
  const ExitCode code = TellFailure(error);
  // A failure without a reason of ours never reached the service.
  if (absl::IsUnavailable(error) && ReasonIn(error).empty()) {
    std::cerr << "  is daybookd running at " << target_.address
              << "? --address or DAYBOOK_ADDRESS says where it is\n";
  }
  return code;
}

}  // namespace daybook::cli
