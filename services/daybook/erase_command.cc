#include "daybook/erase_command.h"

#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "core/status_macros.h"
#include "daybook/terminal_text.h"
#include "daybook/whole_number.h"
#include "rpc/status.h"
#include "storage/erasure.h"
#include "telemetry/log.h"

namespace daybook::cli {
namespace {

using ::daybook::admin::v1::EraseEventsResponse;

// Segments are written anew, a second or two each, before the answer comes.
constexpr double kErasingSeconds = 3'600;

constexpr char kCopies[] =
    "Not reached: backups made before, exports, evidence bundles, and whatever else was copied\n"
    "out of the store; Daybook does not know of them. Delete or redo them, or let them expire.\n";

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string SeqsOf(const EraseEventsResponse& response) {
  return absl::StrJoin(response.declaration_seqs(), ", ");
}

void PrintJson(const EraseEventsResponse& response, bool erased) {
  std::cout << R"({"events":)" << response.event_count() << R"(,"segments":)"
            << response.segment_count() << R"(,"as_of_size":)" << response.as_of_size()
            << R"(,"erased":)" << (erased ? "true" : "false") << R"(,"declaration_seqs":[)"
            << absl::StrJoin(response.declaration_seqs(), ",") << "]}\n";
}

void PrintForPeople(const EraseEventsResponse& response) {
  std::cout << "erased from " << Counted(response.event_count(), "event", "events")
            << "; declared as " << (response.declaration_seqs_size() == 1 ? "event " : "events ")
            << SeqsOf(response) << '\n'
            << kCopies;
}

}  // namespace

EraseCommand::EraseCommand(CLI::App& app)
    : app_(app.add_subcommand("erase", "Erase what was recorded about a person; for good")) {
  auto* const selectors = app_->add_option_group("whose", "Which events; several narrow it down");
  selectors->add_option("--telegram-id", telegram_id_, "The person, by Telegram id");
  selectors->add_option("--user-id", user_id_, "The person, by number")->transform(SignedNumber());
  selectors->add_option("--actor", actor_, "Any other principal: service:registrar");
  selectors->add_option("--filter", filter_, "Which events, as `daybook query` takes it");
  selectors->require_option(1, 0);
  app_->add_option("--groups", groups_,
                   "What of them: subject, client, object, details, joined by commas")
      ->required();
  operator_.AddTo(*app_);
  app_->footer(
      "subject: user_id, telegram_id, actor; client: ip_address, user_agent; object: resource_id,\n"
      "trace_id, correlation_id, request_id; details: details. Everything else stays, and so do\n"
      "the events and their hashes. daybookd answers this on its own machine only.\n"
      "Example: daybook erase --telegram-id 100200300 --groups subject,client --reason\n"
      "'right to erasure' --ticket DPO-17");
}

absl::Status EraseCommand::FillRequest() {
  std::vector<std::string> terms;
  if (telegram_id_) terms.push_back(absl::StrCat("telegram_id = ", Quoted(*telegram_id_)));
  if (user_id_) terms.push_back(absl::StrCat("user_id = ", *user_id_));
  if (actor_) terms.push_back(absl::StrCat("actor = ", Quoted(*actor_)));
  if (filter_) terms.push_back(*filter_);
  request_.set_filter(absl::StrJoin(terms, " AND "));
  operator_.FillIn(request_);
  DAYBOOK_ASSIGN_OR_RETURN(const auto groups, storage::ParseGroups(groups_));
  for (const ledger::Group group : groups) {
    request_.add_groups(static_cast<ledger::v1::FieldGroup>(group));
  }
  return absl::OkStatus();
}

absl::StatusOr<EraseEventsResponse> EraseCommand::Call(Connection& connection, bool validate_only) {
  request_.set_validate_only(validate_only);
  grpc::ClientContext context;
  connection.Prepare(context, kErasingSeconds);
  EraseEventsResponse response;
  DAYBOOK_RETURN_IF_ERROR(
      rpc::FromGrpc(connection.admin().EraseEvents(&context, request_, &response)));
  return response;
}

ExitCode EraseCommand::Run(Connection& connection, bool json) {
  if (const absl::Status filled = FillRequest(); !filled.ok()) {
    std::cerr << "daybook: --groups: " << filled.message() << '\n';
    return ExitCode::kUsage;
  }
  const auto found = Call(connection, /*validate_only=*/true);
  if (!found.ok()) return connection.Fail(found.status());
  if (!json) {
    std::cout << Counted(found->event_count(), "event has", "events have")
              << " something to erase, in "
              << Counted(found->segment_count(), "segment", "segments") << "; complete as of size "
              << found->as_of_size() << '\n';
  }
  if (operator_.dry_run() || found->event_count() == 0) {
    if (json) PrintJson(*found, /*erased=*/false);
    return ExitCode::kDone;
  }
  const std::string question =
      absl::StrCat("Erase ", ForTerminal(groups_), " of ",
                   Counted(found->event_count(), "event", "events"), " for good?");
  if (!operator_.IsConfirmed(question, "nothing is erased")) return ExitCode::kRefused;
  const auto erased = Call(connection, /*validate_only=*/false);
  if (!erased.ok()) return connection.Fail(erased.status());
  json ? PrintJson(*erased, /*erased=*/true) : PrintForPeople(*erased);
  return ExitCode::kDone;
}

}  // namespace daybook::cli
