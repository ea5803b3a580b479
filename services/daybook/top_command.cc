#include "daybook/top_command.h"

#include <algorithm>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/csv.h"
#include "daybook/event_json.h"
#include "daybook/event_table.h"
#include "daybook/failure.h"
#include "daybook/sparkline.h"
#include "daybook/terminal_text.h"
#include "daybook/text_table.h"
#include "daybook/whole_number.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::AggregateEventsRequest;
using ::daybook::audit::v1::EventGroup;

constexpr size_t kLeastKey = 6;
constexpr size_t kMostBars = 40;

// Of the whole window that was asked for; without --until it ends about now.
Bars BarsOfWindow(const AggregateEventsRequest& request, const std::vector<EventGroup>& groups) {
  const absl::Time end =
      request.has_end_time() ? absl::FromUnixMicros(MicrosOf(request.end_time())) : absl::Now();
  return BarsOf({.end = end,
                 .length = absl::Seconds(request.window().seconds()),
                 .width = absl::Seconds(request.bucket().seconds())},
                groups);
}

}  // namespace

TopCommand::TopCommand(CLI::App& app)
    : app_(app.add_subcommand("top", "Group events and count them, the largest groups first")) {
  which_.AddTo(*app_, FilterOptions::Times::kNotOffered);
  app_->add_option("--by", by_, "The fields that make a group, joined by commas; none is one group")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(GroupNames()));
  window_.AddTo(*app_);
  app_->add_option("--min-count", min_count_, "Only groups of at least so many events")
      ->transform(WholeNumber())
      ->capture_default_str();
  app_->add_option("--distinct", distinct_, "Fields whose different values are counted: actor")
      ->delimiter(',')
      ->allow_extra_args(false);
  app_->add_option("--sum", sums_, "Numbers to add up: details.amount")
      ->delimiter(',')
      ->allow_extra_args(false);
  app_->add_option("--bucket", bucket_, "Bars of this width over the window: 5m");
  app_->add_option("--limit", limit_, "At most so many groups; 0 is all")
      ->transform(WholeNumber())
      ->capture_default_str();
  look_.AddTo(*app_);
  app_->footer(
      "Example: daybook top --by actor,action --outcome failure --window 1h --min-count 5\n"
      "Example: daybook top --by action --window 1d --bucket 1h\n"
      "Example: daybook top --action deposit_confirmed --window 1d --sum details.amount");
}

absl::StatusOr<AggregateEventsRequest> TopCommand::Request() const {
  AggregateEventsRequest request;
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_filter(), which_.Build(look_.zone()));
  for (const std::string& name : by_) request.add_group_by(GroupNamed(name));
  DAYBOOK_RETURN_IF_ERROR(window_.FillIn(request, look_.zone()));
  for (const std::string& field : distinct_) request.add_count_distinct(field);
  for (const std::string& field : sums_) request.add_sum(field);
  request.set_min_count(min_count_);
  if (!bucket_.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_bucket(), DurationOf("--bucket", bucket_));
  }
  return request;
}

std::vector<Column> TopCommand::Columns() const {
  std::vector<Column> columns;
  for (const std::string& name : by_) {
    columns.push_back({.name = absl::AsciiStrToUpper(name), .least = kLeastKey});
  }
  columns.push_back({.name = "COUNT", .is_number = true});
  for (const std::string& field : distinct_) {
    columns.push_back({.name = absl::StrCat("DIFFERENT ", field), .is_number = true});
  }
  for (const std::string& field : sums_) {
    columns.push_back({.name = absl::StrCat("SUM ", field), .is_number = true});
  }
  columns.insert(columns.end(),
                 {{.name = "FIRST", .gives_way = 1}, {.name = "LAST", .gives_way = 2}});
  if (!bucket_.empty()) columns.push_back({.name = absl::StrCat("PER ", bucket_)});
  return columns;
}

std::vector<Cell> TopCommand::CellsOf(const EventGroup& group, bool is_of_parts,
                                      const absl::TimeZone& zone) const {
  std::vector<Cell> row;
  for (const std::string& key : group.keys()) row.push_back({.text = key.empty() ? "-" : key});
  row.resize(by_.size());
  row.push_back({.text = absl::StrCat(group.count())});
  for (const uint64_t count : group.distinct()) {
    row.push_back({.text = absl::StrCat(is_of_parts ? ">= " : "", count)});
  }
  row.resize(by_.size() + 1 + distinct_.size());
  for (const std::string& added : group.exact_sums()) row.push_back({.text = added});
  row.resize(by_.size() + 1 + distinct_.size() + sums_.size());
  row.push_back(TimeCell(group.first_time(), zone));
  row.push_back(TimeCell(group.last_time(), zone));
  return row;
}

void TopCommand::PrintGroups(const AggregateEventsRequest& request,
                             const std::vector<EventGroup>& groups, bool is_of_parts) const {
  const Look look = look_.ForStdout();
  TextTable table(Columns(), look, std::cout);
  std::optional<Bars> bars;
  if (request.has_bucket()) bars = BarsOfWindow(request, groups);
  for (const EventGroup& group : groups) {
    std::vector<Cell> row = CellsOf(group, is_of_parts, look.zone);
    if (bars) row.push_back({.text = Sparkline(CountsOf(group, *bars, kMostBars))});
    table.Add(std::move(row));
  }
  table.Flush();
}

void TopCommand::PrintCsv(const std::vector<EventGroup>& groups) const {
  const Look look = look_.ForStdout();
  std::vector<CsvValue> header;
  for (const std::string& name : by_) header.push_back({.value = name});
  header.push_back({.value = "count"});
  for (const std::string& field : distinct_) header.push_back({.value = "different " + field});
  for (const std::string& field : sums_) header.push_back({.value = "sum " + field});
  for (const char* name : {"first_time", "last_time", "sample_seqs"}) {
    header.push_back({.value = name});
  }
  WriteCsv(header, look, std::cout);
  for (const EventGroup& group : groups) {
    std::vector<CsvValue> line;
    for (const std::string& key : group.keys()) line.push_back({.value = key, .is_text = true});
    line.push_back({.value = absl::StrCat(group.count())});
    for (const uint64_t count : group.distinct()) line.push_back({.value = absl::StrCat(count)});
    for (const std::string& added : group.exact_sums()) line.push_back({.value = added});
    line.push_back({.value = FormatTime(MicrosOf(group.first_time()))});
    line.push_back({.value = FormatTime(MicrosOf(group.last_time()))});
    line.push_back({.value = absl::StrJoin(group.sample_seqs(), " ")});
    WriteCsv(line, look, std::cout);
  }
}

ExitCode TopCommand::Run(Connection& connection, bool json) const {
  if (look_.IsBoth(json)) return TellFailure(UsageError("--json and --csv are one too many"));
  const auto request = Request();
  if (!request.ok()) return TellFailure(request.status());
  const auto sum = SumUp(connection, *request);
  if (!sum.ok()) return TellFilterFailure(connection, which_, request->filter(), sum.status());
  std::vector<EventGroup> groups = sum->Largest(min_count_);
  const size_t found = groups.size();
  if (limit_ > 0 && found > limit_) groups.resize(limit_);
  switch (look_.FormatWith(json)) {
    case Format::kJson:
      for (const EventGroup& group : groups) std::cout << ToJson(group) << '\n';
      break;
    case Format::kCsv:
      PrintCsv(groups);
      break;
    case Format::kTable:
      PrintGroups(*request, groups, sum->is_of_parts());
      std::cout << Counted(groups.size(), "group", "groups");
      if (found > groups.size()) std::cout << " of " << found << " shown";
      std::cout << " in " << window_.window() << "; complete as of size " << sum->as_of_size()
                << '\n';
      return ExitCode::kDone;
  }
  if (!std::cout.flush()) return ExitCode::kDone;  // main says so
  if (found > groups.size()) std::cerr << "daybook: there are more; --limit 0 shows all\n";
  if (sum->is_of_parts() && !distinct_.empty()) {
    std::cerr << "daybook: there are at least so many different values\n";
  }
  return ExitCode::kDone;
}

}  // namespace daybook::cli
