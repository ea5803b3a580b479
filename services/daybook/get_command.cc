#include "daybook/get_command.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "absl/time/time.h"

#include "daybook/event_json.h"
#include "daybook/event_table.h"
#include "daybook/whole_number.h"
#include "rpc/status.h"

namespace daybook::cli {

GetCommand::GetCommand(CLI::App& app) : app_(app.add_subcommand("get", "Show one event in full")) {
  app_->add_option("seq", seq_, "The event's place in the log")
      ->transform(WholeNumber())
      ->required();
  app_->add_flag("--utc", utc_, "Show times in UTC instead of local time");
  app_->footer("Example: daybook get 42 --utc");
}

ExitCode GetCommand::Run(Connection& connection, bool json) const {
  audit::v1::GetEventRequest request;
  request.set_seq(seq_);
  grpc::ClientContext context;
  connection.Prepare(context);
  audit::v1::Event event;
  const grpc::Status status = connection.stub().GetEvent(&context, request, &event);
  if (!status.ok()) return connection.Fail(rpc::FromGrpc(status));
  if (json) {
    std::cout << ToJson(event) << '\n';
  } else {
    PrintEvent(event, utc_ ? absl::UTCTimeZone() : absl::LocalTimeZone(), std::cout);
  }
  return ExitCode::kDone;
}

}  // namespace daybook::cli
