#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/ledger/v1/ledger_service.pb.h"
#include "daybook/signed_head.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook cosign`: carries a log's newest checkpoint to a witness, and what the
// witness says of it back to the log.
class CosignCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit CosignCommand(CLI::App& app);

  ExitCode Run(Connection& log, bool json);

  CLI::App* app() const { return app_; }

 private:
  struct Carried {
    SignedHead head;
    ledger::v1::AddCosignaturesResponse kept;
    std::string note;  // with the cosignatures
  };
  absl::StatusOr<Carried> Carry(Connection& log, Connection& witness);
  // The cosignatures of a head, which begins with what the witness is known to know.
  absl::StatusOr<std::string> Ask(Connection& log, Connection& witness, const SignedHead& head);
  absl::Status CheckNotShrunk(const SignedHead& head) const;
  static void Print(const Carried& carried, bool json);

  CLI::App* app_;
  std::string witness_;
  std::string every_;
  absl::Duration pause_;     // zero where it is done once
  uint64_t known_size_ = 0;  // what the witness cosigned last, as far as is known
};

}  // namespace daybook::cli
