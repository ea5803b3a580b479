#pragma once

#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "bench/child_process.h"
#include "bench/work_folder.h"

namespace daybook::bench {

// The real daybookd over a store in `folder`, on free ports; daybook-migrate
// makes the store where there is none yet.
//
// Thread-compatible.
class DaybookdProcess {
 public:
  // Returns once it serves. `folder` must outlive it. `program` is the daemon's
  // name, or that of one like it.
  static absl::StatusOr<DaybookdProcess> Start(const WorkFolder& folder,
                                               const std::string& program = "daybookd");

  const std::string& address() const { return address_; }
  pid_t pid() const { return child_.pid(); }

  // From the start of the program until its ready file was there.
  absl::Duration start_time() const { return start_time_; }

  // Ends it as an operator would.
  absl::Status Stop();

 private:
  DaybookdProcess(ChildProcess child, std::string address, absl::Duration start_time);

  ChildProcess child_;
  std::string address_;
  absl::Duration start_time_;
};

// Where the store lies in `folder`.
std::string StoreIn(const WorkFolder& folder);

// `count` connections to one server.
std::vector<std::shared_ptr<grpc::Channel>> OpenChannels(const std::string& address, int count);

}  // namespace daybook::bench
