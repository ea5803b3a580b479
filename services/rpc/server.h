#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "rpc/gate.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "witness/witness.h"

namespace grpc {
class Server;
class Service;
}  // namespace grpc

namespace daybook::rpc {

// The gRPC front: the services, health and reflection, on one port.
//
// Thread-compatible.
class Server {
 public:
  struct Options {
    std::string listen = "127.0.0.1:7443";      // port 0 picks a free one
    std::vector<grpc::Service*> more_services;  // must outlive the server
    witness::Witness* witness = nullptr;        // likewise; none where it is nullptr
  };

  // Begins to listen; health says NOT_SERVING, but SERVING of "liveness" from
  // here on. UNAVAILABLE where the address cannot be had. The others must
  // outlive it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options, Gate& gate,
                                                       telemetry::Metrics& metrics,
                                                       telemetry::Log& log);
  ~Server();

  int port() const { return port_; }

  // What health answers, for the server and for each of its services.
  void SetServing(bool serving);

  // Closes all connections; what is still under way is cancelled.
  void Stop();

 private:
  struct Services;
  Server(std::unique_ptr<Services> services, std::unique_ptr<grpc::Server> server, int port);

  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
  int port_;
};

}  // namespace daybook::rpc
