#include "daybook/producers_command.h"

#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/csv.h"
#include "daybook/event_json.h"
#include "daybook/event_table.h"
#include "daybook/failure.h"
#include "daybook/terminal_text.h"
#include "daybook/text_table.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::ListProducersRequest;
using ::daybook::audit::v1::ListProducersResponse;
using ::daybook::audit::v1::Producer;
using ::daybook::audit::v1::SequenceGap;

constexpr int32_t kProducersInPage = 1'000;
constexpr size_t kLeastGaps = 10;

absl::StatusOr<std::vector<Producer>> ListAll(Connection& connection) {
  std::vector<Producer> all;
  ListProducersRequest request;
  request.set_page_size(kProducersInPage);
  do {
    grpc::ClientContext context;
    connection.Prepare(context);
    ListProducersResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        connection.From(connection.stub().ListProducers(&context, request, &page)));
    all.insert(all.end(), page.producers().begin(), page.producers().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

// 3-5, 9
std::string GapsOf(const Producer& producer) {
  return absl::StrJoin(producer.gaps(), ", ", [](std::string* out, const SequenceGap& gap) {
    absl::StrAppend(out, gap.first());
    if (gap.last() > gap.first()) absl::StrAppend(out, "-", gap.last());
  });
}

void PrintProducers(const std::vector<Producer>& producers, const Look& look) {
  TextTable table({{.name = "PRODUCER", .least = kLeastGaps},
                   {.name = "LAST SEEN"},
                   {.name = "EVENTS", .is_number = true},
                   {.name = "LAST SEQUENCE", .is_number = true},
                   {.name = "MISSING", .least = kLeastGaps}},
                  look, std::cout);
  for (const Producer& producer : producers) {
    table.Add({{.text = producer.name()},
               producer.has_last_seen_time() ? TimeCell(producer.last_seen_time(), look.zone)
                                             : Cell{.text = "-"},
               {.text = absl::StrCat(producer.events())},
               {.text = absl::StrCat(producer.last_sequence())},
               {.text = GapsOf(producer), .emphasis = Emphasis::kWarning}});
  }
  table.Flush();
  std::cout << Counted(producers.size(), "producer", "producers") << '\n';
}

void WriteProducers(const std::vector<Producer>& producers) {
  std::cout << CsvLine({{.value = "name"},
                        {.value = "last_seen_time"},
                        {.value = "events"},
                        {.value = "last_sequence"},
                        {.value = "gaps"}});
  for (const Producer& producer : producers) {
    std::cout << CsvLine(
        {{.value = producer.name(), .is_text = true},
         {.value =
              producer.has_last_seen_time() ? FormatTime(MicrosOf(producer.last_seen_time())) : ""},
         {.value = absl::StrCat(producer.events())},
         {.value = absl::StrCat(producer.last_sequence())},
         {.value = GapsOf(producer), .is_text = true}});
  }
}

}  // namespace

ProducersCommand::ProducersCommand(CLI::App& app)
    : app_(app.add_subcommand("producers",
                              "Show who records events, and what of theirs is missing")) {
  look_.AddTo(*app_);
  app_->footer("Example: daybook producers --utc");
}

ExitCode ProducersCommand::Run(Connection& connection, bool json) const {
  if (look_.IsBoth(json)) return TellFailure(UsageError("--json and --csv are one too many"));
  const auto producers = ListAll(connection);
  if (!producers.ok()) return connection.Fail(producers.status());
  switch (look_.FormatWith(json)) {
    case Format::kJson:
      for (const Producer& producer : *producers) std::cout << ToJson(producer) << '\n';
      break;
    case Format::kCsv:
      WriteProducers(*producers);
      break;
    case Format::kTable:
      PrintProducers(*producers, look_.ForStdout());
      break;
  }
  return ExitCode::kDone;
}

}  // namespace daybook::cli
