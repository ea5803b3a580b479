#include "daybook/checkpoint_command.h"

#include <iostream>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/failure.h"
#include "daybook/log_growth.h"
#include "telemetry/log.h"

namespace daybook::cli {
namespace {

using ::daybook::telemetry::JsonQuoted;

}  // namespace

CheckpointCommand::CheckpointCommand(CLI::App& app)
    : app_(app.add_subcommand("checkpoint", "Show the newest checkpoint, as it was signed")) {
  app_->add_option("--verify", key_,
                   "Check the signature first: a verifier key, or a file with one a line");
  app_->add_option("--since", since_,
                   "A checkpoint that was kept: check that the log still begins with it");
  // It may be older than one that was kept, and the log has not shrunk for that.
  app_->add_flag("--witnessed", witnessed_,
                 "The newest one that a witness has cosigned, with its cosignature")
      ->excludes("--since");
  app_->footer(
      "Keep what it prints where nobody who can write to the log can: what it covers cannot\n"
      "be changed unnoticed from then on.\n"
      "Example: daybook checkpoint --verify verifier.key --since kept.txt > newer.txt");
}

absl::StatusOr<CheckpointCommand::Shown> CheckpointCommand::Check(Connection& connection) const {
  std::vector<ledger::VerifierKey> keys;
  if (!key_.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(keys, ReadVerifierKeys(key_));
  }
  std::optional<SignedHead> since;
  if (!since_.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string kept, ReadWholeFile(since_));
    absl::StatusOr<SignedHead> opened = OpenSignedHead(kept, keys);
    if (!opened.ok()) return About(since_, opened.status());
    since = *std::move(opened);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string note,
                           witnessed_ ? NewestWitnessedNote(connection) : NewestNote(connection));
  absl::StatusOr<SignedHead> newest = OpenSignedHead(note, keys);
  if (!newest.ok()) return About("the newest checkpoint", newest.status());
  if (since) {
    if (since->checkpoint.origin != newest->checkpoint.origin) {
      return NotVerifiedError(absl::StrCat(since_, " is of the log ", since->checkpoint.origin,
                                           ", and this is ", newest->checkpoint.origin));
    }
    DAYBOOK_RETURN_IF_ERROR(
        CheckGrowth(connection, since->checkpoint.head, newest->checkpoint.head));
  }
  return Shown{.newest = *std::move(newest), .since = std::move(since)};
}

void CheckpointCommand::PrintJson(const Shown& shown) const {
  const ledger::Checkpoint& checkpoint = shown.newest.checkpoint;
  std::cout << R"({"origin":)" << JsonQuoted(checkpoint.origin) << R"(,"size":")"
            << checkpoint.head.size.value() << R"(","root":")"
            << ledger::ToHex(checkpoint.head.root) << R"(","signature_verified":)"
            << (key_.empty() ? "false" : "true");
  if (shown.since) {
    std::cout << R"(,"begins_with_size":")" << shown.since->checkpoint.head.size.value() << '"';
  }
  std::cout << R"(,"checkpoint":)" << JsonQuoted(shown.newest.note) << "}\n";
}

// On stderr: on stdout is the checkpoint and nothing else.
void CheckpointCommand::TellPeople(const Shown& shown) const {
  const uint64_t size = shown.newest.checkpoint.head.size.value();
  if (!key_.empty()) {
    std::cerr << "signature verified: " << shown.newest.checkpoint.origin << " of " << size
              << (size == 1 ? " event\n" : " events\n");
  }
  if (!shown.since) return;
  std::cerr << "consistent: the log still begins with the "
            << shown.since->checkpoint.head.size.value() << " events of " << since_ << '\n';
  if (key_.empty()) std::cerr << "  no signature was checked; --verify names the key\n";
}

ExitCode CheckpointCommand::Run(Connection& connection, bool json) const {
  const absl::StatusOr<Shown> shown = Check(connection);
  if (!shown.ok()) return connection.Fail(shown.status());
  if (json) {
    PrintJson(*shown);
    return ExitCode::kDone;
  }
  TellPeople(*shown);
  std::cout << shown->newest.note;
  return ExitCode::kDone;
}

}  // namespace daybook::cli
