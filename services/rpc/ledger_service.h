#pragma once

#include "daybook/ledger/v1/ledger_service.grpc.pb.h"
#include "rpc/call_log.h"
#include "rpc/gate.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::rpc {

// The service as generated, every message as raw bytes.
using RawLedgerService = ledger::v1::LedgerService::WithRawCallbackMethod_GetCheckpoint<
    ledger::v1::LedgerService::WithRawCallbackMethod_GetInclusionProof<
        ledger::v1::LedgerService::WithRawCallbackMethod_GetConsistencyProof<
            ledger::v1::LedgerService::WithRawCallbackMethod_AddCosignatures<
                ledger::v1::LedgerService::Service>>>>;

// daybook.ledger.v1.LedgerService over gRPC: turns calls into use cases of the
// journal and decides nothing.
//
// Thread-safe.
class LedgerService final : public RawLedgerService {
 public:
  // All must outlive it.
  LedgerService(Gate& gate, telemetry::Metrics& metrics, telemetry::Log& log);

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetInclusionProof(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* context,
                                                const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) override;

  grpc::ServerUnaryReactor* AddCosignatures(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override;

 private:
  Gate& gate_;
  CallLog checkpoint_;
  CallLog inclusion_;
  CallLog consistency_;
  CallLog cosignatures_;
};

}  // namespace daybook::rpc
