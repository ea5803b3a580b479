#include "rpc/ledger_service.h"

namespace daybook::rpc {

LedgerService::LedgerService(telemetry::Metrics& metrics, telemetry::Log& log)
    : checkpoint_("LedgerService/GetCheckpoint", metrics, log),
      inclusion_("LedgerService/GetInclusionProof", metrics, log),
      consistency_("LedgerService/GetConsistencyProof", metrics, log) {}

grpc::ServerUnaryReactor* LedgerService::GetCheckpoint(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* /*request*/,
                                                       grpc::ByteBuffer* /*response*/) {
  return checkpoint_.Answer(*context);
}

grpc::ServerUnaryReactor* LedgerService::GetInclusionProof(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* /*request*/,
                                                           grpc::ByteBuffer* /*response*/) {
  return inclusion_.Answer(*context);
}

grpc::ServerUnaryReactor* LedgerService::GetConsistencyProof(grpc::CallbackServerContext* context,
                                                             const grpc::ByteBuffer* /*request*/,
                                                             grpc::ByteBuffer* /*response*/) {
  return consistency_.Answer(*context);
}

}  // namespace daybook::rpc
