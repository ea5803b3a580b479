#include "daybook/group_question.h"

#include <CLI/CLI.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/failure.h"
#include "daybook/filter_text.h"
#include "daybook/status_line.h"
#include "query/duration.h"

namespace daybook::cli {
namespace {

constexpr int32_t kGroupsInPage = 1'000;

}  // namespace

void WindowOptions::AddTo(CLI::App& app) {
  app.add_option("--window", window_, "How far back: 15m, 1h, 7d")->capture_default_str();
  app.add_option(
      "--until", until_,
      "Where the window ends: 1h, 2026-01-31, 2026-01-31T09:30:00+09:00; now by default");
}

absl::Status WindowOptions::FillIn(audit::v1::AggregateEventsRequest& request,
                                   absl::TimeZone zone) const {
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_window(), DurationOf("--window", window_));
  if (until_.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const absl::Time end, TimeOf(until_, zone, absl::Now()));
  SetTimestamp(FloorToMicros(end), request.mutable_end_time());
  return absl::OkStatus();
}

absl::StatusOr<google::protobuf::Duration> DurationOf(const std::string& flag,
                                                      const std::string& text) {
  const auto duration = query::ParseDuration(text);
  if (!duration || *duration <= absl::ZeroDuration()) {
    return UsageError(absl::StrCat(flag, " takes a duration such as 15m, 1h or 7d"));
  }
  google::protobuf::Duration value;
  value.set_seconds(absl::ToInt64Seconds(*duration));
  return value;
}

std::string GroupName(audit::v1::GroupBy group) {
  return absl::AsciiStrToLower(absl::StripPrefix(audit::v1::GroupBy_Name(group), "GROUP_BY_"));
}

std::vector<std::string> GroupNames() {
  const auto& type = *audit::v1::GroupBy_descriptor();
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    names.push_back(GroupName(static_cast<audit::v1::GroupBy>(type.value(i)->number())));
  }
  return names;
}

audit::v1::GroupBy GroupNamed(const std::string& name) {
  audit::v1::GroupBy group = audit::v1::GROUP_BY_UNSPECIFIED;
  audit::v1::GroupBy_Parse(absl::StrCat("GROUP_BY_", absl::AsciiStrToUpper(name)), &group);
  return group;
}

absl::StatusOr<GroupSum> SumUp(Connection& connection, audit::v1::AggregateEventsRequest request) {
  StatusLine status;
  GroupSum sum;
  request.set_page_size(kGroupsInPage);
  do {
    grpc::ClientContext context;
    connection.Prepare(context);
    audit::v1::AggregateEventsResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        connection.From(connection.stub().AggregateEvents(&context, request, &page)));
    sum.Add(page);
    if (page.scan_budget_exhausted()) {
      status.Show(absl::StrCat("counting further through the log of ", page.as_of_size()));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return sum;
}

}  // namespace daybook::cli
