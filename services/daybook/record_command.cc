#include "daybook/record_command.h"

#include <iostream>
#include <map>
#include <random>

#include <CLI/CLI.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "core/timestamp.h"
#include "daybook/event_json.h"
#include "daybook/event_table.h"
#include "daybook/whole_number.h"
#include "rpc/status.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::Event;

// A random UUID, so that sending the same event again cannot record it twice.
std::string FreshRequestId() {
  std::random_device device;
  std::uniform_int_distribution<uint32_t> any;
  const auto word = [&] { return any(device); };
  return absl::StrFormat("%08x-%04x-4%03x-%x%03x-%08x%04x", word(), word() & 0xFFFF, word() & 0xFFF,
                         8 + (word() & 3), word() & 0xFFF, word(), word() & 0xFFFF);
}

void AddText(CLI::App& app, const std::string& name, std::string* field, const std::string& help) {
  app.add_option(name, *field, help);
}

}  // namespace

RecordCommand::RecordCommand(CLI::App& app)
    : app_(app.add_subcommand("record", "Record one event; done means that it is on disk")) {
  Event& event = *request_.mutable_event();
  CLI::App& command = *app_;
  command
      .add_option("--action", *event.mutable_action(),
                  "What was done: deposit_confirmed, login_failed")
      ->required();
  command
      .add_option_function<audit::v1::Outcome>(
          "--outcome", [&event](audit::v1::Outcome outcome) { event.set_outcome(outcome); },
          "SUCCESS, FAILURE or DENIED; by default the action's name decides")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, audit::v1::Outcome>{{"SUCCESS", audit::v1::OUTCOME_SUCCESS},
                                                    {"FAILURE", audit::v1::OUTCOME_FAILURE},
                                                    {"DENIED", audit::v1::OUTCOME_DENIED}},
          CLI::ignore_case));
  AddText(command, "--reason", event.mutable_reason(), "Why it failed: INSUFFICIENT_FUNDS");
  command
      .add_option_function<int64_t>(
          "--user-id", [&event](int64_t id) { event.set_user_id(id); }, "The person, by number")
      ->transform(SignedNumber());
  AddText(command, "--telegram-id", event.mutable_telegram_id(), "The person, by Telegram id");
  AddText(command, "--actor", event.mutable_actor(), "Any other principal: service:registrar");
  AddText(command, "--resource-type", event.mutable_resource_type(), "The kind of thing: domain");
  AddText(command, "--resource-id", event.mutable_resource_id(), "Which one");
  AddText(command, "--details", event.mutable_details(), "Anything else, as one JSON object");
  AddText(command, "--ip-address", event.mutable_ip_address(), "Where it came from");
  AddText(command, "--user-agent", event.mutable_user_agent(), "What it came from");
  AddText(command, "--tenant", event.mutable_tenant(), "Whose log; `default` by default");
  command.add_option_function<std::string>(
      "--event-time",
      [&event](const std::string& text) {
        const absl::StatusOr<Micros> time = ParseTime(text);
        if (!time.ok())
          throw CLI::ValidationError("--event-time", std::string(time.status().message()));
        SetTimestamp(*time, event.mutable_event_time());
      },
      "When it happened, RFC 3339; now by default");
  command.footer(
      "Example: daybook record --action login_failed --user-id 7 --ip-address 203.0.113.9\n"
      "Example: daybook record --action deposit_confirmed --resource-type deposit --resource-id "
      "42\n"
      "--details '{\"amount\": 5000}' --request-id deposit-42");
  AddText(command, "--producer", &producer_, "The service in whose name it is recorded");
  command
      .add_option_function<uint64_t>(
          "--producer-sequence", [&event](uint64_t number) { event.set_producer_sequence(number); },
          "The producer's own running number")
      ->transform(WholeNumber());
  AddText(command, "--trace-id", event.mutable_trace_id(), "W3C trace id, 32 hex digits");
  AddText(command, "--correlation-id", event.mutable_correlation_id(), "What ties events together");
  AddText(command, "--request-id", request_.mutable_request_id(),
          "Makes a retry safe; a fresh one by default");
  command.add_flag_callback(
      "--validate-only", [this] { request_.set_validate_only(true); }, "Check, and record nothing");
}

ExitCode RecordCommand::Run(Connection& connection, bool json) {
  if (request_.request_id().empty()) request_.set_request_id(FreshRequestId());
  grpc::ClientContext context;
  connection.Prepare(context);
  if (!producer_.empty()) context.AddMetadata("daybook-producer", producer_);
  audit::v1::RecordEventResponse response;
  const grpc::Status status = connection.stub().RecordEvent(&context, request_, &response);
  if (!status.ok()) {
    const ExitCode code = connection.Fail(rpc::FromGrpc(status));
    if (code == ExitCode::kUnavailable) {
      std::cerr << "  it may have been recorded; sent again with --request-id "
                << request_.request_id() << " it is not recorded twice\n";
    }
    return code;
  }
  if (json) {
    std::cout << ToJson(response) << '\n';
  } else if (request_.validate_only()) {
    std::cout << "valid; nothing was recorded\n";
  } else {
    const auto& receipt = response.receipt();
    std::cout << (receipt.duplicate() ? "recorded before as event " : "recorded as event ")
              << receipt.seq() << " at "
              << TimeForPeople(receipt.created_at(), absl::LocalTimeZone()) << "\nleaf "
              << absl::BytesToHexString(receipt.leaf_hash()) << '\n';
  }
  return ExitCode::kDone;
}

}  // namespace daybook::cli
