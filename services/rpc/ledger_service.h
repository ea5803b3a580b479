#pragma once

#include "daybook/ledger/v1/ledger_service.grpc.pb.h"
#include "rpc/not_yet.h"

namespace daybook::rpc {

// The service as generated, every message as raw bytes.
using RawLedgerService = ledger::v1::LedgerService::WithRawCallbackMethod_GetCheckpoint<
    ledger::v1::LedgerService::WithRawCallbackMethod_GetInclusionProof<
        ledger::v1::LedgerService::WithRawCallbackMethod_GetConsistencyProof<
            ledger::v1::LedgerService::Service>>>;

// daybook.ledger.v1.LedgerService over gRPC.
//
// Thread-safe.
class LedgerService final : public RawLedgerService {
 public:
  // Both must outlive it.
  LedgerService(telemetry::Metrics& metrics, telemetry::Log& log);

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetInclusionProof(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) override;

 private:
  NotYet checkpoint_;
  NotYet inclusion_;
  NotYet consistency_;
};

}  // namespace daybook::rpc
