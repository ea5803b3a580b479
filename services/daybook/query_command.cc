#include "daybook/query_command.h"

#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "daybook/event_json.h"
#include "daybook/event_table.h"
#include "daybook/log_begin.h"
#include "rpc/status.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::Event;

constexpr uint64_t kMaxPageSize = 1'000;

}  // namespace

QueryCommand::QueryCommand(CLI::App& app)
    : app_(app.add_subcommand("query", "Show events, newest first")) {
  app_->add_option("filter", filter_,
                   "Which events, such as: action = login_* AND created_at > ago(\"1h\")");
  app_->add_option("--limit", limit_, "At most so many events; 0 is all")->capture_default_str();
  app_->add_flag("--oldest-first", oldest_first_, "Begin with the oldest");
  app_->add_flag("--utc", utc_, "Show times in UTC instead of local time");
  app_->footer("Example: daybook query 'outcome = FAILURE AND user_id = 7' --limit 20");
}

absl::Status QueryCommand::ReadPages(Connection& connection,
                                     const std::function<void(const Event&)>& take) {
  audit::v1::QueryEventsRequest request;
  request.set_filter(filter_);
  if (oldest_first_) request.set_order_by("seq");
  for (uint64_t left = limit_ == 0 ? UINT64_MAX : limit_; left > 0;) {
    request.set_page_size(static_cast<int32_t>(std::min(left, kMaxPageSize)));
    grpc::ClientContext context;
    connection.Prepare(context);
    audit::v1::QueryEventsResponse page;
    DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(connection.stub().QueryEvents(&context, request, &page)));
    for (const Event& event : page.events()) take(event);
    left -= static_cast<uint64_t>(page.events_size());
    as_of_size_ = page.as_of_size();
    has_more_ = !page.next_page_token().empty();
    if (!has_more_) break;
    request.set_page_token(page.next_page_token());
  }
  return absl::OkStatus();
}

ExitCode QueryCommand::Run(Connection& connection, bool json) {
  std::vector<Event> events;
  const absl::Status read = ReadPages(connection, [&](const Event& event) {
    if (json) {
      std::cout << ToJson(event) << '\n';
    } else {
      events.push_back(event);
    }
  });
  if (!read.ok()) return connection.Fail(read);
  if (json) {
    if (has_more_) std::cerr << "daybook: there may be more; --limit 0 shows all\n";
    return ExitCode::kDone;
  }
  const absl::StatusOr<Seq> begin = FirstShown(connection);
  if (!begin.ok()) return connection.Fail(begin.status());
  if (!events.empty()) {
    PrintTable(events, utc_ ? absl::UTCTimeZone() : absl::LocalTimeZone(), std::cout);
  }
  std::cout << events.size() << (events.size() == 1 ? " event" : " events")
            << (has_more_ ? " shown, there may be more" : "") << "; complete as of size "
            << as_of_size_;
  if (*begin > Seq(0))
    std::cout << ", but for the first " << begin->value() << ", which are dropped";
  std::cout << '\n';
  return ExitCode::kDone;
}

}  // namespace daybook::cli
