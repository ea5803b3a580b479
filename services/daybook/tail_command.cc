#include "daybook/tail_command.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"

#include "daybook/event_printer.h"
#include "daybook/failure.h"
#include "daybook/follow.h"
#include "daybook/status_line.h"
#include "daybook/terminal_text.h"
#include "daybook/whole_number.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::TailEventsRequest;
using ::daybook::audit::v1::TailEventsResponse;

}  // namespace

TailCommand::TailCommand(CLI::App& app)
    : app_(app.add_subcommand("tail", "Show events as they are recorded, until ^C")) {
  which_.AddTo(*app_, FilterOptions::Times::kNotOffered);
  app_->add_option("--since-seq", since_seq_, "Begin with this event; by default with the next one")
      ->transform(WholeNumber());
  look_.AddTo(*app_);
  app_->footer(
      "Where the stream ends it is opened again, without gap or repeat.\n"
      "Example: daybook tail --outcome failure --outcome denied\n"
      "Example: daybook tail --since-seq 0 --json | head -n 100");
}

ExitCode TailCommand::Run(Connection& connection, Interruption& interruption, bool json) const {
  if (look_.IsBoth(json)) return TellFailure(UsageError("--json and --csv are one too many"));
  const absl::StatusOr<std::string> filter = which_.Build(look_.zone());
  if (!filter.ok()) return TellFailure(filter.status());
  EventPrinter printer(look_.FormatWith(json), look_.ForStdout(), std::cout);
  printer.Flush();
  StatusLine lag;
  const auto open = [&](grpc::ClientContext& context, std::optional<uint64_t> start_seq) {
    TailEventsRequest request;
    request.set_filter(*filter);
    if (start_seq) request.set_start_seq(*start_seq);
    return connection.stub().TailEvents(&context, request);
  };
  uint64_t next = since_seq_.value_or(0);
  const auto take = [&](const TailEventsResponse& message) {
    lag.Clear();
    for (const audit::v1::Event& event : message.events()) {
      if (event.seq() >= next) printer.Print(event);
    }
    if (!message.events().empty()) printer.Flush();
    next = message.next_seq();
    if (message.head_size() > next) {
      lag.Show(absl::StrCat(Counted(message.head_size() - next, "event", "events"), " behind"));
    }
  };
  const absl::Status followed =
      Follow<TailEventsResponse>(connection, interruption).Run(since_seq_, open, take);
  lag.Clear();
  if (followed.ok()) return ExitCode::kDone;
  return TellFilterFailure(connection, which_, *filter, followed);
}

}  // namespace daybook::cli
