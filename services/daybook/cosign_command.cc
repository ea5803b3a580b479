#include "daybook/cosign_command.h"

#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybook/failure.h"
#include "daybook/terminal_text.h"
#include "daybook/witness/v1/witness_service.pb.h"
#include "rpc/status.h"
#include "telemetry/log.h"

namespace daybook::cli {
namespace {

using ::daybook::telemetry::JsonQuoted;

absl::StatusOr<SignedHead> NewestHead(Connection& log) {
  grpc::ClientContext context;
  log.Prepare(context);
  ledger::v1::GetCheckpointResponse response;
  DAYBOOK_RETURN_IF_ERROR(log.From(log.ledger().GetCheckpoint(&context, {}, &response)));
  return OpenSignedHead(response.checkpoint(), {});
}

// What the witness finds wrong with the log itself.
absl::Status Judged(const absl::Status& refusal) {
  const std::string reason = ReasonIn(refusal);
  const bool is_about_the_log = reason == ReasonName(Reason::kLogForked) ||
                                reason == ReasonName(Reason::kProofInvalid) ||
                                reason == ReasonName(Reason::kSignatureInvalid);
  return is_about_the_log ? NotVerifiedError(refusal.message()) : refusal;
}

// What another attempt may mend: also where others carry checkpoints meanwhile, or
// there is nothing to carry yet.
bool IsPassing(const absl::Status& error) {
  return absl::IsUnavailable(error) || absl::IsResourceExhausted(error) ||
         absl::IsDeadlineExceeded(error) || absl::IsAborted(error) ||
         ReasonIn(error) == ReasonName(Reason::kCheckpointNotFound);
}

}  // namespace

CosignCommand::CosignCommand(CLI::App& app)
    : app_(app.add_subcommand("cosign", "Have a witness cosign the log's newest checkpoint")) {
  app_->add_option("--witness", witness_, "HOST:PORT of the daybookd that is the witness")
      ->required();
  app_->add_option("--every", every_, "Keep on, with such a pause: 10s, 5m");
  app_->footer(
      "--address names the log, whose daybookd was given --trusted-witness; the witness was given\n"
      "--witness-log. With --every it ends only where retrying does not help.\n"
      "Example: daybook cosign --witness witness.example.com:7443 --every 10s");
}

absl::Status CosignCommand::CheckNotShrunk(const SignedHead& head) const {
  const uint64_t size = head.checkpoint.head.size.value();
  if (known_size_ <= size) return absl::OkStatus();
  return NotVerifiedError(absl::StrCat("the witness has cosigned the log of ", known_size_,
                                       " events, and it now has ", size,
                                       ": events were taken away"));
}

absl::StatusOr<std::string> CosignCommand::Ask(Connection& log, Connection& witness,
                                               const SignedHead& head) {
  witness::v1::AddCheckpointRequest request;
  request.set_old_size(known_size_);
  request.set_checkpoint(head.note);
  const uint64_t size = head.checkpoint.head.size.value();
  if (known_size_ != 0 && known_size_ != size) {
    ledger::v1::GetConsistencyProofRequest prove;
    prove.set_old_size(known_size_);
    prove.set_new_size(size);
    grpc::ClientContext context;
    log.Prepare(context);
    ledger::v1::GetConsistencyProofResponse proved;
    DAYBOOK_RETURN_IF_ERROR(log.From(log.ledger().GetConsistencyProof(&context, prove, &proved)));
    request.mutable_proof()->Swap(proved.mutable_proof());
  }
  grpc::ClientContext context;
  witness.Prepare(context);
  witness::v1::AddCheckpointResponse response;
  DAYBOOK_RETURN_IF_ERROR(
      witness.From(witness.witness().AddCheckpoint(&context, request, &response)));
  known_size_ = size;
  return response.cosignatures();
}

absl::StatusOr<CosignCommand::Carried> CosignCommand::Carry(Connection& log, Connection& witness) {
  DAYBOOK_ASSIGN_OR_RETURN(SignedHead head, NewestHead(log));
  DAYBOOK_RETURN_IF_ERROR(CheckNotShrunk(head));
  absl::StatusOr<std::string> cosignatures = Ask(log, witness, head);
  if (const std::optional<uint64_t> known = KnownSizeIn(cosignatures.status())) {
    known_size_ = *known;
    // What the witness knows may be newer than what we asked with.
    DAYBOOK_ASSIGN_OR_RETURN(head, NewestHead(log));
    DAYBOOK_RETURN_IF_ERROR(CheckNotShrunk(head));
    cosignatures = Ask(log, witness, head);
  }
  if (!cosignatures.ok()) return Judged(cosignatures.status());

  ledger::v1::AddCosignaturesRequest request;
  request.set_checkpoint(absl::StrCat(head.note, *cosignatures));
  grpc::ClientContext context;
  log.Prepare(context);
  Carried carried{.head = std::move(head), .kept = {}, .note = request.checkpoint()};
  DAYBOOK_RETURN_IF_ERROR(log.From(log.ledger().AddCosignatures(&context, request, &carried.kept)));
  return carried;
}

void CosignCommand::Print(const Carried& carried, bool json) {
  const ledger::Checkpoint& checkpoint = carried.head.checkpoint;
  const uint64_t size = checkpoint.head.size.value();
  if (!json) {
    std::cout << "cosigned: " << ForTerminal(checkpoint.origin) << " of " << size
              << (size == 1 ? " event" : " events") << " by "
              << ForTerminal(absl::StrJoin(carried.kept.witnesses(), ", ")) << std::endl;
    return;
  }
  std::cout << R"({"origin":)" << JsonQuoted(checkpoint.origin) << R"(,"size":")" << size
            << R"(","witnesses":[)"
            << absl::StrJoin(carried.kept.witnesses(), ",",
                             [](std::string* out, const std::string& name) {
                               absl::StrAppend(out, JsonQuoted(name));
                             })
            << R"(],"checkpoint":)" << JsonQuoted(carried.note) << '}' << std::endl;
}

ExitCode CosignCommand::Run(Connection& log, bool json) {
  if (!every_.empty() &&
      (!absl::ParseDuration(every_, &pause_) || pause_ <= absl::ZeroDuration())) {
    return TellFailure(UsageError("--every: a pause is like 10s or 5m"));
  }
  Connection witness = log.To(witness_);
  while (true) {
    const absl::StatusOr<Carried> carried = Carry(log, witness);
    if (carried.ok()) {
      Print(*carried, json);
    } else if (const ExitCode code = TellFailure(carried.status());
               every_.empty() || !IsPassing(carried.status())) {
      return code;
    }
    if (every_.empty()) return ExitCode::kDone;
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(pause_));
  }
}

}  // namespace daybook::cli
