#pragma once

#include "daybook/ledger/v1/ledger_service.grpc.pb.h"
#include "rpc/not_yet.h"

namespace daybook::rpc {

// daybook.ledger.v1.LedgerService over gRPC.
//
// Thread-safe.
class LedgerService final : public ledger::v1::LedgerService::CallbackService {
 public:
  // Both must outlive it.
  LedgerService(telemetry::Metrics& metrics, telemetry::Log& log);

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const ledger::v1::GetCheckpointRequest* request,
                                          ledger::v1::GetCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* GetInclusionProof(
      grpc::CallbackServerContext* context, const ledger::v1::GetInclusionProofRequest* request,
      ledger::v1::GetInclusionProofResponse* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(
      grpc::CallbackServerContext* context, const ledger::v1::GetConsistencyProofRequest* request,
      ledger::v1::GetConsistencyProofResponse* response) override;

 private:
  NotYet checkpoint_;
  NotYet inclusion_;
  NotYet consistency_;
};

}  // namespace daybook::rpc
