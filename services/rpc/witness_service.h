#pragma once

#include <optional>

#include "daybook/witness/v1/witness_service.grpc.pb.h"
#include "journal/work_pool.h"
#include "rpc/call_log.h"
#include "rpc/gate.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "witness/witness.h"

namespace daybook::rpc {

// The service as generated, every message as raw bytes.
using RawWitnessService = witness::v1::WitnessService::WithRawCallbackMethod_AddCheckpoint<
    witness::v1::WitnessService::Service>;

// daybook.witness.v1.WitnessService over gRPC.
//
// Thread-safe.
class WitnessService final : public RawWitnessService {
 public:
  // `witness` is nullptr where this server is none. All must outlive it.
  WitnessService(witness::Witness* witness, Gate& gate, telemetry::Metrics& metrics,
                 telemetry::Log& log);

  grpc::ServerUnaryReactor* AddCheckpoint(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;

 private:
  witness::Witness* const witness_;
  Gate& gate_;
  CallLog add_;
  std::optional<journal::WorkPool> pool_;  // where there is a witness
};

}  // namespace daybook::rpc
