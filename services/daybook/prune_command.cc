#include "daybook/prune_command.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/command_progress.h"
#include "daybook/event_export.h"
#include "daybook/failure.h"
#include "daybook/signed_head.h"
#include "daybook/terminal_text.h"
#include "daybook/whole_number.h"

namespace daybook::cli {
namespace {

using ::daybook::admin::v1::PruneEventsResponse;

// The events that are dropped are looked through first, and a checkpoint is awaited.
constexpr double kPruningSeconds = 3'600;

void PrintJson(const PruneEventsResponse& response, bool dropped) {
  std::cout << R"({"events":)" << response.event_count() << R"(,"first_kept_seq":)"
            << response.first_kept_seq() << R"(,"dropped":)" << (dropped ? "true" : "false");
  if (response.has_declaration_seq()) {
    std::cout << R"(,"declaration_seq":)" << response.declaration_seq();
  }
  std::cout << "}\n";
}

absl::StatusOr<Micros> TimeIn(const std::string& text) {
  absl::StatusOr<Micros> time = ParseTime(text);
  if (time.ok()) return time;
  return UsageError(absl::StrCat("--before: ", time.status().message()));
}

}  // namespace

PruneCommand::PruneCommand(CLI::App& app)
    : app_(app.add_subcommand("prune", "Drop the oldest events; for good")) {
  auto* const age = app_->add_option_group("which", "Which events; one of both");
  age->add_option("--before", before_, "Those recorded before this time, as 2026-01-31T00:00:00Z");
  age->add_option("--older-than-days", days_, "Those recorded longer ago than so many days")
      ->transform(WholeNumber(0, std::numeric_limits<uint32_t>::max()));
  age->require_option(1);
  app_->add_option("--checkpoint", checkpoint_,
                   "A file with a checkpoint that was kept elsewhere; only what it covers goes")
      ->required();
  app_->add_option("--export", export_,
                   "Write what goes to this new file first: a JSON object a line");
  operator_.AddTo(*app_);
  app_->footer(
      "Whole spans go, of which every event is that old: 65,536 events, or as many as a segment\n"
      "has where those are more. The checkpoints and all proofs of what is kept stay, and of what\n"
      "goes the counts. daybookd answers this on its own machine only.\n"
      "Example: daybook prune --older-than-days 730 --checkpoint held-elsewhere.txt --reason\n"
      "'retention policy' --ticket OPS-9");
}

absl::Status PruneCommand::FillRequest() {
  operator_.FillIn(request_);
  Micros before = FloorToMicros(absl::Now() - absl::Hours(24) * days_.value_or(0));
  if (before_) {
    DAYBOOK_ASSIGN_OR_RETURN(before, TimeIn(*before_));
  }
  SetTimestamp(before, request_.mutable_before());
  DAYBOOK_ASSIGN_OR_RETURN(*request_.mutable_checkpoint(), ReadWholeFile(checkpoint_));
  return absl::OkStatus();
}

absl::Status PruneCommand::Export(Connection& connection, const PruneEventsResponse& found,
                                  bool json) const {
  if (export_.empty() || found.event_count() == 0) return absl::OkStatus();
  CommandProgress progress(json);
  const uint64_t end = found.first_kept_seq();
  absl::Status exported = ExportEvents(connection, {.first = end - found.event_count(), .end = end},
                                       export_, progress.get());
  progress.get().End();
  return exported;
}

absl::StatusOr<PruneEventsResponse> PruneCommand::Call(Connection& connection, bool validate_only) {
  request_.set_validate_only(validate_only);
  grpc::ClientContext context;
  connection.Prepare(context, kPruningSeconds);
  PruneEventsResponse response;
  DAYBOOK_RETURN_IF_ERROR(
      connection.From(connection.admin().PruneEvents(&context, request_, &response)));
  return response;
}

ExitCode PruneCommand::Run(Connection& connection, bool json) {
  if (const absl::Status filled = FillRequest(); !filled.ok()) return TellFailure(filled);
  const auto found = Call(connection, /*validate_only=*/true);
  if (!found.ok()) return connection.Fail(found.status());
  if (!json) {
    std::cout << Counted(found->event_count(), "event is", "events are")
              << " old enough; the log would begin with event " << found->first_kept_seq() << '\n';
  }
  if (operator_.dry_run()) {
    if (json) PrintJson(*found, /*dropped=*/false);
    return ExitCode::kDone;
  }
  const std::string question =
      absl::StrCat("Drop ", Counted(found->event_count(), "event", "events"), " for good?");
  const bool goes_on =
      found->event_count() == 0 || operator_.IsConfirmed(question, "nothing is dropped");
  if (!goes_on) return ExitCode::kRefused;
  const absl::Status exported = Export(connection, *found, json);
  if (!exported.ok()) return connection.Fail(exported);
  request_.set_first_kept_seq(found->first_kept_seq());
  // Also where there are none: some files of an earlier call may be left.
  const auto dropped = Call(connection, /*validate_only=*/false);
  if (!dropped.ok()) return connection.Fail(dropped.status());
  if (json) {
    PrintJson(*dropped, /*dropped=*/dropped->event_count() > 0);
  } else if (dropped->has_declaration_seq()) {
    std::cout << "dropped " << Counted(dropped->event_count(), "event", "events")
              << "; declared as event " << dropped->declaration_seq() << '\n';
  }
  return ExitCode::kDone;
}

}  // namespace daybook::cli
