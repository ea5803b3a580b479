#pragma once

#include <memory>
#include <string>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "absl/status/status.h"

#include "daybook/admin/v1/admin_service.grpc.pb.h"
#include "daybook/audit/v1/audit_service.grpc.pb.h"
#include "daybook/exit_code.h"
#include "daybook/ledger/v1/ledger_service.grpc.pb.h"
#include "daybook/witness/v1/witness_service.grpc.pb.h"

namespace daybook::cli {

// Where the service is, and how long an answer may take.
struct Target {
  std::string address = "127.0.0.1:7443";
  double timeout_seconds = 10;
};

// A connection to the service.
//
// Thread-compatible.
class Connection {
 public:
  explicit Connection(Target target);

  audit::v1::AuditService::Stub& stub() { return *stub_; }
  admin::v1::AdminService::Stub& admin() { return *admin_; }
  ledger::v1::LedgerService::Stub& ledger() { return *ledger_; }
  witness::v1::WitnessService::Stub& witness() { return *witness_; }

  // One to another service, as patient.
  Connection To(std::string address) const;

  const std::string& address() const { return target_.address; }

  // Gives `context` the deadline; a later one where the call takes `seconds`.
  void Prepare(grpc::ClientContext& context, double seconds = 0) const;

  // What a call ended with; where the service was never reached, with its address.
  absl::Status From(const grpc::Status& status) const;

  // Tells what went wrong, and what helps, on stderr.
  ExitCode Fail(const absl::Status& error) const;

 private:
  const Target target_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<audit::v1::AuditService::Stub> stub_;
  const std::unique_ptr<admin::v1::AdminService::Stub> admin_;
  const std::unique_ptr<ledger::v1::LedgerService::Stub> ledger_;
  const std::unique_ptr<witness::v1::WitnessService::Stub> witness_;
};

}  // namespace daybook::cli
