#include "rpc/ledger_service.h"

namespace daybook::rpc {

LedgerService::LedgerService(telemetry::Metrics& metrics, telemetry::Log& log)
    : checkpoint_("LedgerService/GetCheckpoint", metrics, log),
      inclusion_("LedgerService/GetInclusionProof", metrics, log),
      consistency_("LedgerService/GetConsistencyProof", metrics, log) {}

grpc::ServerUnaryReactor* LedgerService::GetCheckpoint(
    grpc::CallbackServerContext* context, const ledger::v1::GetCheckpointRequest* /*request*/,
    ledger::v1::GetCheckpointResponse* /*response*/) {
  return checkpoint_.Answer(*context);
}

grpc::ServerUnaryReactor* LedgerService::GetInclusionProof(
    grpc::CallbackServerContext* context, const ledger::v1::GetInclusionProofRequest* /*request*/,
    ledger::v1::GetInclusionProofResponse* /*response*/) {
  return inclusion_.Answer(*context);
}

grpc::ServerUnaryReactor* LedgerService::GetConsistencyProof(
    grpc::CallbackServerContext* context, const ledger::v1::GetConsistencyProofRequest* /*request*/,
    ledger::v1::GetConsistencyProofResponse* /*response*/) {
  return consistency_.Answer(*context);
}

}  // namespace daybook::rpc
