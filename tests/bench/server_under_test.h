#pragma once

#include <memory>
#include <sstream>
#include <string>

#include "absl/status/statusor.h"

#include "core/clock.h"
#include "daybookd/wiring.h"
#include "empty_service.grpc.pb.h"
#include "rpc/gate.h"
#include "rpc/server.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::bench {

// The real service over a fresh store in `folder`, on a free port, with an
// empty handler beside it in the same server.
class ServerUnderTest {
 public:
  static absl::StatusOr<std::unique_ptr<ServerUnderTest>> Start(const std::string& folder);
  ~ServerUnderTest();

  std::string address() const;

 private:
  class Empty final : public EmptyService::CallbackService {
   public:
    grpc::ServerUnaryReactor* RecordEvent(grpc::CallbackServerContext* context,
                                          const audit::v1::RecordEventRequest* request,
                                          audit::v1::RecordEventResponse* response) override;
  };

  ServerUnderTest() : log_(log_text_, clock_), gate_(absl::UnavailableError("starting")) {}

  SystemClock clock_;
  telemetry::Metrics metrics_;
  std::ostringstream log_text_;
  telemetry::Log log_;
  rpc::Gate gate_;
  Empty empty_;
  std::unique_ptr<daybookd::OpenStore> store_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace daybook::bench
