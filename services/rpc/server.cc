#include "rpc/server.h"

#include <chrono>
#include <utility>

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

#include "rpc/admin_service.h"
#include "rpc/audit_service.h"
#include "rpc/ledger_service.h"
#include "rpc/witness_service.h"

namespace daybook::rpc {
namespace {

// Above the 4 MiB of a batch, so that what is a little too big is told by us,
// with its reason, and not by gRPC.
constexpr int kMaxMessageBytes = 8 << 20;
// A client may ping an idle connection this often without being cut off.
constexpr int kMinPingIntervalMs = 10'000;
constexpr int kKeepaliveTimeMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
// What health says of the process, whatever it says of the store: to be asked by
// a supervisor that restarts what no longer answers.
constexpr char kLiveness[] = "liveness";

}  // namespace

struct Server::Services {
  Services(const Options& options, Gate& gate, telemetry::Metrics& metrics, telemetry::Log& log)
      : admin(gate, metrics, log),
        audit(gate, metrics, log),
        ledger(gate, metrics, log),
        witness(options.witness, gate, metrics, log) {}

  AdminService admin;
  AuditService audit;
  LedgerService ledger;
  WitnessService witness;
};

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options, Gate& gate,
                                                      telemetry::Metrics& metrics,
                                                      telemetry::Log& log) {
  // The distribution's Abseil looks for cycles whenever gRPC takes a lock, as if
  // it were being debugged; upstream's default for what is in use is not to.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  auto services = std::make_unique<Services>(options, gate, metrics, log);

  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  // Without this a second server would share the port and take half the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // A peer that vanished without a word is noticed, and its calls are cancelled.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.RegisterService(&services->admin);
  builder.RegisterService(&services->audit);
  builder.RegisterService(&services->ledger);
  builder.RegisterService(&services->witness);
  for (grpc::Service* service : options.more_services) builder.RegisterService(service);

  std::unique_ptr<grpc::Server> started = builder.BuildAndStart();
  if (started == nullptr || port == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options.listen, "; is another process using the port?"));
  }
  std::unique_ptr<Server> server(new Server(std::move(services), std::move(started), port));
  server->SetServing(false);
  server->server_->GetHealthCheckService()->SetServingStatus(kLiveness, true);
  return server;
}

Server::Server(std::unique_ptr<Services> services, std::unique_ptr<grpc::Server> server, int port)
    : services_(std::move(services)), server_(std::move(server)), port_(port) {}

Server::~Server() { Stop(); }

void Server::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface& health = *server_->GetHealthCheckService();
  health.SetServingStatus("", serving);  // without a name it would be every service's
  health.SetServingStatus(admin::v1::AdminService::service_full_name(), serving);
  health.SetServingStatus(audit::v1::AuditService::service_full_name(), serving);
  health.SetServingStatus(ledger::v1::LedgerService::service_full_name(), serving);
  health.SetServingStatus(witness::v1::WitnessService::service_full_name(), serving);
}

void Server::Stop() {
  SetServing(false);
  // Calls have been waited for at the gate; a connection that is idle would only
  // hold us up.
  server_->Shutdown(std::chrono::system_clock::now());
}

}  // namespace daybook::rpc
