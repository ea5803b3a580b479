#include "daybook/patterns_command.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <limits>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/csv.h"
#include "daybook/event_json.h"
#include "daybook/event_table.h"
#include "daybook/failure.h"
#include "daybook/filter_text.h"
#include "daybook/terminal_text.h"
#include "daybook/text_table.h"
#include "daybook/whole_number.h"
#include "query/filter.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::AggregateEventsRequest;
using ::daybook::audit::v1::EventGroup;
using Found = PatternsCommand::Found;

constexpr char kFailed[] = "outcome = FAILURE OR outcome = DENIED";
constexpr char kByPerson[] = "failures_of_person";
constexpr char kByAddress[] = "failures_from_address";
constexpr size_t kLeastWho = 8;

// The keys of a group by actor, user_id and telegram_id as one name; of an address as it is.
std::string NameOf(const EventGroup& group) {
  if (group.keys_size() == 1) return group.keys(0);
  constexpr std::array<const char*, 3> kKinds = {"", "user ", "telegram "};
  std::vector<std::string> names;
  for (int i = 0; i < group.keys_size() && i < 3; ++i) {
    if (group.keys(i).empty()) continue;
    names.push_back(absl::StrCat(kKinds[static_cast<size_t>(i)], group.keys(i)));
  }
  return absl::StrJoin(names, ", ");
}

// How many persons failed from an address, at least: those of the field that has most.
// Some may have been known by another field only.
uint64_t PersonsAtLeast(const EventGroup& group) {
  uint64_t most = 0;
  for (const uint64_t count : group.distinct()) most = std::max(most, count);
  return most;
}

std::string Samples(const EventGroup& group) { return absl::StrJoin(group.sample_seqs(), " "); }

void PrintPersons(const Found& found, const Look& look) {
  TextTable table({{.name = "WHO", .least = kLeastWho},
                   {.name = "FAILED", .is_number = true},
                   {.name = "FIRST", .gives_way = 1},
                   {.name = "LAST"},
                   {.name = "EVENTS", .least = kLeastWho, .gives_way = 2}},
                  look, std::cout);
  for (const EventGroup& group : found.groups) {
    table.Add({{.text = NameOf(group)},
               {.text = absl::StrCat(group.count()), .emphasis = Emphasis::kBad},
               TimeCell(group.first_time(), look.zone),
               TimeCell(group.last_time(), look.zone),
               {.text = Samples(group)}});
  }
  table.Flush();
}

void PrintAddresses(const Found& found, const Look& look) {
  TextTable table({{.name = "FROM", .least = kLeastWho},
                   {.name = "FAILED", .is_number = true},
                   {.name = "PERSONS", .is_number = true},
                   {.name = "FIRST", .gives_way = 1},
                   {.name = "LAST"},
                   {.name = "EVENTS", .least = kLeastWho, .gives_way = 2}},
                  look, std::cout);
  for (const EventGroup& group : found.groups) {
    const uint64_t persons = PersonsAtLeast(group);
    table.Add({{.text = NameOf(group)},
               {.text = absl::StrCat(group.count()), .emphasis = Emphasis::kBad},
               {.text = absl::StrCat(found.is_of_parts ? ">= " : "", persons),
                .emphasis = persons > 1 ? Emphasis::kWarning : Emphasis::kPlain},
               TimeCell(group.first_time(), look.zone),
               TimeCell(group.last_time(), look.zone),
               {.text = Samples(group)}});
  }
  table.Flush();
}

void WriteCsvNames(const Look& look) {
  WriteCsv({{.value = "pattern"},
            {.value = "who"},
            {.value = "failed"},
            {.value = "persons_at_least"},
            {.value = "first_time"},
            {.value = "last_time"},
            {.value = "sample_seqs"}},
           look, std::cout);
}

void WriteCsvOf(const Found& found, const Look& look) {
  for (const EventGroup& group : found.groups) {
    const std::string persons = found.by_address ? absl::StrCat(PersonsAtLeast(group)) : "";
    WriteCsv({{.value = found.name},
              {.value = NameOf(group), .is_text = true},
              {.value = absl::StrCat(group.count())},
              {.value = persons},
              {.value = FormatTime(MicrosOf(group.first_time()))},
              {.value = FormatTime(MicrosOf(group.last_time()))},
              {.value = Samples(group)}},
             look, std::cout);
  }
}

void WriteJsonOf(const Found& found) {
  for (const EventGroup& group : found.groups) {
    std::cout << R"({"pattern":")" << found.name << '"';
    if (found.by_address) std::cout << R"(,"persons_at_least":)" << PersonsAtLeast(group);
    std::cout << R"(,"group":)" << ToJson(group) << "}\n";
  }
}

}  // namespace

PatternsCommand::PatternsCommand(CLI::App& app)
    : app_(app.add_subcommand("patterns", "Show who failed, or was denied, suspiciously often")) {
  which_.AddTo(*app_, FilterOptions::Times::kNotOffered);
  app_->add_option("--more-than", more_than_, "Only who failed more often than this")
      ->transform(WholeNumber(0, std::numeric_limits<uint64_t>::max() - 1))
      ->capture_default_str();
  window_.AddTo(*app_);
  look_.AddTo(*app_);
  app_->footer(
      "Example: daybook patterns\n"
      "Example: daybook patterns --more-than 20 --window 1d --action 'login_*'");
}

absl::StatusOr<Found> PatternsCommand::Ask(Connection& connection, bool by_address) const {
  AggregateEventsRequest request;
  DAYBOOK_ASSIGN_OR_RETURN(const std::string which, which_.Build(look_.zone()));
  request.set_filter(AllOf({which, kFailed, by_address ? "ip_address:*" : ""}));
  DAYBOOK_RETURN_IF_ERROR(window_.FillIn(request, look_.zone()));
  request.set_min_count(more_than_ + 1);
  if (by_address) {
    request.add_group_by(audit::v1::GROUP_BY_IP_ADDRESS);
    for (const char* field : {"actor", "user_id", "telegram_id"}) request.add_count_distinct(field);
  } else {
    for (const auto field : {audit::v1::GROUP_BY_ACTOR, audit::v1::GROUP_BY_USER_ID,
                             audit::v1::GROUP_BY_TELEGRAM_ID}) {
      request.add_group_by(field);
    }
  }
  DAYBOOK_ASSIGN_OR_RETURN(const GroupSum sum, SumUp(connection, request));
  Found found{.name = by_address ? kByAddress : kByPerson,
              .by_address = by_address,
              .groups = sum.Largest(more_than_ + 1),
              .is_of_parts = sum.is_of_parts()};
  const auto is_nobody = [](const EventGroup& group) { return NameOf(group).empty(); };
  found.groups.erase(std::remove_if(found.groups.begin(), found.groups.end(), is_nobody),
                     found.groups.end());
  std::stable_sort(found.groups.begin(), found.groups.end(),
                   [](const EventGroup& a, const EventGroup& b) {
                     return MicrosOf(a.last_time()) > MicrosOf(b.last_time());
                   });
  return found;
}

// A mistake in the filter is told as of query: its column counts in what was asked for,
// and not in what became of it here.
ExitCode PatternsCommand::Tell(const Connection& connection, const absl::Status& error) const {
  const absl::StatusOr<std::string> which = which_.Build(look_.zone());
  if (!which.ok() || !absl::IsInvalidArgument(error)) return connection.Fail(error);
  const auto filter = query::Filter::Parse(*which, absl::Now());
  if (filter.ok()) return connection.Fail(error);
  return TellFilterFailure(connection, which_, *which, filter.status());
}

void PatternsCommand::Print(const Found& persons, const Found& addresses) const {
  const Look look = look_.ForStdout();
  const std::string too_often =
      absl::StrCat(" with more than ", Counted(more_than_, "failure", "failures"), " in ",
                   window_.window(), "\n");
  std::cout << Counted(persons.groups.size(), "person", "persons") << too_often;
  PrintPersons(persons, look);
  std::cout << '\n' << Counted(addresses.groups.size(), "address", "addresses") << too_often;
  PrintAddresses(addresses, look);
}

ExitCode PatternsCommand::Run(Connection& connection, bool json) const {
  if (look_.IsBoth(json)) return TellFailure(UsageError("--json and --csv are one too many"));
  const auto persons = Ask(connection, /*by_address=*/false);
  if (!persons.ok()) return Tell(connection, persons.status());
  const auto addresses = Ask(connection, /*by_address=*/true);
  if (!addresses.ok()) return Tell(connection, addresses.status());
  const Look look = look_.ForStdout();
  switch (look_.FormatWith(json)) {
    case Format::kJson:
      WriteJsonOf(*persons);
      WriteJsonOf(*addresses);
      break;
    case Format::kCsv:
      WriteCsvNames(look);
      WriteCsvOf(*persons, look);
      WriteCsvOf(*addresses, look);
      break;
    case Format::kTable:
      Print(*persons, *addresses);
      break;
  }
  return ExitCode::kDone;
}

}  // namespace daybook::cli
