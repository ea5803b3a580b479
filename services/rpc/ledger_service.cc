#include "rpc/ledger_service.h"

#include "rpc/not_yet.h"

namespace daybook::rpc {

grpc::ServerUnaryReactor* LedgerService::GetCheckpoint(
    grpc::CallbackServerContext* context, const ledger::v1::GetCheckpointRequest* /*request*/,
    ledger::v1::GetCheckpointResponse* /*response*/) {
  return NotYet(*context, "GetCheckpoint");
}

grpc::ServerUnaryReactor* LedgerService::GetInclusionProof(
    grpc::CallbackServerContext* context, const ledger::v1::GetInclusionProofRequest* /*request*/,
    ledger::v1::GetInclusionProofResponse* /*response*/) {
  return NotYet(*context, "GetInclusionProof");
}

grpc::ServerUnaryReactor* LedgerService::GetConsistencyProof(
    grpc::CallbackServerContext* context, const ledger::v1::GetConsistencyProofRequest* /*request*/,
    ledger::v1::GetConsistencyProofResponse* /*response*/) {
  return NotYet(*context, "GetConsistencyProof");
}

}  // namespace daybook::rpc
