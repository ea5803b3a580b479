#include "daybook/query_command.h"

#include <algorithm>
#include <iostream>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "daybook/event_pages.h"
#include "daybook/event_printer.h"
#include "daybook/failure.h"
#include "daybook/log_begin.h"
#include "daybook/query_plan.h"
#include "daybook/status_line.h"
#include "daybook/terminal_text.h"
#include "daybook/whole_number.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::QueryEventsResponse;

constexpr uint64_t kMaxPageSize = 1'000;

}  // namespace

QueryCommand::QueryCommand(CLI::App& app)
    : app_(app.add_subcommand("query", "Show events, newest first")) {
  which_.AddTo(*app_, FilterOptions::Times::kOffered);
  app_->add_option("--limit", limit_, "At most so many events; 0 is all")
      ->transform(WholeNumber())
      ->capture_default_str();
  app_->add_option("--order", order_, "By place in the log, or by the producers' clocks")
      ->check(CLI::IsMember({"seq desc", "seq", "event_time desc", "event_time"}))
      ->capture_default_str();
  app_->add_flag("--oldest-first", oldest_first_, "As --order seq");
  app_->add_flag("--explain", explain_, "Also say how each page was found, on standard error");
  look_.AddTo(*app_);
  app_->footer(
      "Example: daybook query 'outcome = FAILURE AND user_id = 7' --limit 20\n"
      "Example: daybook query --action 'login_*' --outcome failure --since 7d --csv\n"
      "Example: daybook query --actor service:registrar --since 2026-01-31 --until 2026-02-01");
}

absl::Status QueryCommand::ReadPages(Connection& connection, QueryEventsRequest& request,
                                     EventPrinter& printer) {
  StatusLine status;
  uint64_t left = limit_ == 0 ? UINT64_MAX : limit_;
  const auto take = [&](const QueryEventsResponse& page) -> absl::StatusOr<bool> {
    status.Clear();
    if (explain_) PrintPlan(page.plan(), std::cerr);
    for (const audit::v1::Event& event : page.events()) printer.Print(event);
    left -= static_cast<uint64_t>(page.events_size());
    shown_ += static_cast<uint64_t>(page.events_size());
    as_of_size_ = page.as_of_size();
    has_more_ = !page.next_page_token().empty();
    request.set_page_size(static_cast<int32_t>(std::min(left, kMaxPageSize)));
    if (!std::cout) return false;  // main says so
    if (page.scan_budget_exhausted()) {
      status.Show(absl::StrCat(Counted(shown_, "event", "events"),
                               " so far; looking further through the log of ", as_of_size_));
    }
    return left > 0;
  };
  request.set_page_size(static_cast<int32_t>(std::min(left, kMaxPageSize)));
  return ReadEventPages(connection, request, take);
}

// What programs read has nothing but events on stdout. Who reads no more is told nothing.
absl::Status QueryCommand::ShowEnd(Connection& connection, Format format) const {
  if (!std::cout) return absl::OkStatus();  // main says so
  if (format != Format::kTable) {
    if (has_more_) std::cerr << "daybook: there may be more; --limit 0 shows all\n";
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Seq begin, FirstShown(connection));
  std::cout << Counted(shown_, "event", "events") << (has_more_ ? " shown, there may be more" : "")
            << "; complete as of size " << as_of_size_;
  if (begin > Seq(0)) {
    std::cout << ", but for the first " << begin.value() << ", which are dropped";
  }
  std::cout << '\n';
  return absl::OkStatus();
}

ExitCode QueryCommand::Run(Connection& connection, bool json) {
  if (look_.IsBoth(json)) return TellFailure(UsageError("--json and --csv are one too many"));
  const absl::StatusOr<std::string> filter = which_.Build(look_.zone());
  if (!filter.ok()) return TellFailure(filter.status());
  QueryEventsRequest request;
  request.set_filter(*filter);
  request.set_order_by(oldest_first_ ? "seq" : order_);
  request.set_explain(explain_);
  const Format format = look_.FormatWith(json);
  EventPrinter printer(format, look_.ForStdout(), std::cout);
  absl::Status read = ReadPages(connection, request, printer);
  printer.Flush();
  if (read.ok()) read = ShowEnd(connection, format);
  return read.ok() ? ExitCode::kDone : TellFilterFailure(connection, which_, *filter, read);
}

}  // namespace daybook::cli
