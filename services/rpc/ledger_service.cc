#include "rpc/ledger_service.h"

#include <utility>

#include "rpc/unary_call.h"

namespace daybook::rpc {

using ledger::v1::AddCosignaturesRequest;
using ledger::v1::AddCosignaturesResponse;
using ledger::v1::GetCheckpointRequest;
using ledger::v1::GetCheckpointResponse;
using ledger::v1::GetConsistencyProofRequest;
using ledger::v1::GetConsistencyProofResponse;
using ledger::v1::GetInclusionProofRequest;
using ledger::v1::GetInclusionProofResponse;

LedgerService::LedgerService(Gate& gate, telemetry::Metrics& metrics, telemetry::Log& log)
    : gate_(gate),
      checkpoint_("LedgerService/GetCheckpoint", metrics, log),
      inclusion_("LedgerService/GetInclusionProof", metrics, log),
      consistency_("LedgerService/GetConsistencyProof", metrics, log),
      cosignatures_("LedgerService/AddCosignatures", metrics, log) {}

grpc::ServerUnaryReactor* LedgerService::GetCheckpoint(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request,
                                                       grpc::ByteBuffer* response) {
  return UnaryCall<GetCheckpointRequest, GetCheckpointResponse>::Start(
      *context, *request, *response, gate_, checkpoint_,
      [](auto& journal, const auto& /*caller*/, const auto& message, auto& /*call*/, auto answer) {
        journal.prover().GetCheckpoint(*message, std::move(answer));
      });
}

grpc::ServerUnaryReactor* LedgerService::GetInclusionProof(grpc::CallbackServerContext* context,
                                                           const grpc::ByteBuffer* request,
                                                           grpc::ByteBuffer* response) {
  return UnaryCall<GetInclusionProofRequest, GetInclusionProofResponse>::Start(
      *context, *request, *response, gate_, inclusion_,
      [](auto& journal, const auto& /*caller*/, const auto& message, auto& /*call*/, auto answer) {
        journal.prover().GetInclusionProof(*message, std::move(answer));
      });
}

grpc::ServerUnaryReactor* LedgerService::GetConsistencyProof(grpc::CallbackServerContext* context,
                                                             const grpc::ByteBuffer* request,
                                                             grpc::ByteBuffer* response) {
  return UnaryCall<GetConsistencyProofRequest, GetConsistencyProofResponse>::Start(
      *context, *request, *response, gate_, consistency_,
      [](auto& journal, const auto& /*caller*/, const auto& message, auto& /*call*/, auto answer) {
        journal.prover().GetConsistencyProof(*message, std::move(answer));
      });
}

grpc::ServerUnaryReactor* LedgerService::AddCosignatures(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request,
                                                         grpc::ByteBuffer* response) {
  return UnaryCall<AddCosignaturesRequest, AddCosignaturesResponse>::Start(
      *context, *request, *response, gate_, cosignatures_,
      [](auto& journal, const auto& /*caller*/, const auto& message, auto& /*call*/, auto answer) {
        journal.cosignatures().Add(*message, std::move(answer));
      });
}

}  // namespace daybook::rpc
