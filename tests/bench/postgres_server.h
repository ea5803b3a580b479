#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "bench/child_process.h"
#include "bench/work_folder.h"

namespace daybook::bench {

// A fresh PostgreSQL in `folder`, with fsync, on an abstract Unix socket; it runs
// as user postgres where this program runs as root, which PostgreSQL refuses to.
//
// Thread-compatible.
class PostgresServer {
 public:
  // NOT_FOUND where PostgreSQL is not installed. `folder` must outlive it.
  static absl::StatusOr<PostgresServer> Start(const WorkFolder& folder);

  // For libpq.
  std::string ConnectionText() const;

  // pgbench against it, with these arguments; what it printed.
  absl::StatusOr<std::string> RunPgbench(std::vector<std::string> arguments) const;

  absl::Status Stop();

 private:
  PostgresServer(const WorkFolder& folder, std::string programs, std::string socket,
                 ChildProcess child);
  absl::Status AwaitReady() const;

  const WorkFolder& folder_;
  std::string programs_;
  std::string socket_;
  ChildProcess child_;
};

}  // namespace daybook::bench
