#include "daybook/producers_command.h"

#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

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
constexpr size_t kLeastName = 10;
constexpr size_t kLeastGaps = 10;
// Silent for so many times as long as usual, and so long at least, stands out.
constexpr int kUnusual = 10;
constexpr absl::Duration kLeastSilence = absl::Minutes(1);

// Gives each page to `take`, and says how many producers were forgotten.
absl::StatusOr<uint64_t> ReadProducers(
    Connection& connection, absl::FunctionRef<void(const ListProducersResponse& page)> take) {
  ListProducersRequest request;
  request.set_page_size(kProducersInPage);
  while (true) {
    grpc::ClientContext context;
    connection.Prepare(context);
    ListProducersResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        connection.From(connection.stub().ListProducers(&context, request, &page)));
    take(page);
    if (page.next_page_token().empty() || !std::cout) return page.forgotten_producers();
    request.set_page_token(page.next_page_token());
  }
}

absl::Duration DurationIn(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

// 3-5, 9, and 12 more
std::string GapsOf(const Producer& producer) {
  std::string gaps =
      absl::StrJoin(producer.gaps(), ", ", [](std::string* out, const SequenceGap& gap) {
        absl::StrAppend(out, gap.first());
        if (gap.last() > gap.first()) absl::StrAppend(out, "-", gap.last());
      });
  if (producer.more_gaps() == 0) return gaps;
  if (gaps.empty()) return Counted(producer.more_gaps(), "gap", "gaps");
  return absl::StrCat(gaps, ", and ", producer.more_gaps(), " more");
}

std::string SequenceOf(const Producer& producer) {
  return producer.sequenced_events() == 0 ? "-" : absl::StrCat(producer.last_sequence());
}

// 3d4h, 3h4m, 12m5s, 300ms.
std::string ForPeople(absl::Duration duration) {
  const absl::Duration unit = duration >= absl::Hours(24)    ? absl::Hours(1)
                              : duration >= absl::Hours(1)   ? absl::Minutes(1)
                              : duration >= absl::Seconds(1) ? absl::Seconds(1)
                                                             : absl::Milliseconds(1);
  const absl::Duration shown = absl::Trunc(duration, unit);
  if (shown < absl::Hours(24)) return absl::FormatDuration(shown);
  const int64_t days = shown / absl::Hours(24);
  return absl::StrCat(days, "d", (shown - days * absl::Hours(24)) / absl::Hours(1), "h");
}

Cell SilenceCell(const Producer& producer) {
  if (!producer.has_silent_for()) return {.text = "-"};
  const absl::Duration silence = DurationIn(producer.silent_for());
  const bool is_unusual = producer.has_mean_interval() && silence >= kLeastSilence &&
                          silence > kUnusual * DurationIn(producer.mean_interval());
  return {.text = ForPeople(silence),
          .emphasis = is_unusual ? Emphasis::kWarning : Emphasis::kPlain};
}

TextTable TableOfProducers(const Look& look) {
  return TextTable({{.name = "PRODUCER", .least = kLeastName},
                    {.name = "LAST SEEN"},
                    {.name = "SILENT", .is_number = true},
                    {.name = "EVERY", .is_number = true, .gives_way = 2},
                    {.name = "EVENTS", .is_number = true},
                    {.name = "LAST SEQUENCE", .is_number = true, .gives_way = 1},
                    {.name = "MISSING", .least = kLeastGaps}},
                   look, std::cout);
}

std::vector<Cell> RowOfProducer(const Producer& producer, const Look& look) {
  return {{.text = producer.name()},
          producer.has_last_seen_time() ? TimeCell(producer.last_seen_time(), look.zone)
                                        : Cell{.text = "-"},
          SilenceCell(producer),
          {.text = producer.has_mean_interval() ? ForPeople(DurationIn(producer.mean_interval()))
                                                : "-"},
          {.text = absl::StrCat(producer.events())},
          {.text = SequenceOf(producer)},
          {.text = GapsOf(producer), .emphasis = Emphasis::kWarning}};
}

absl::Status PrintProducers(Connection& connection, const Look& look) {
  TextTable table = TableOfProducers(look);
  uint64_t listed = 0;
  const auto forgotten = ReadProducers(connection, [&](const ListProducersResponse& page) {
    for (const Producer& producer : page.producers()) table.Add(RowOfProducer(producer, look));
    listed += static_cast<uint64_t>(page.producers_size());
  });
  table.Flush();
  if (!forgotten.ok()) return forgotten.status();
  std::cout << Counted(listed, "producer", "producers");
  if (*forgotten > 0) std::cout << "; " << *forgotten << " were too many, and are forgotten";
  std::cout << '\n';
  return absl::OkStatus();
}

std::string SecondsInCsv(bool is_there, const google::protobuf::Duration& duration) {
  return is_there ? absl::StrCat(absl::ToDoubleSeconds(DurationIn(duration))) : "";
}

std::string TimeInCsv(bool is_there, const google::protobuf::Timestamp& time) {
  return is_there ? FormatTime(MicrosOf(time)) : "";
}

std::vector<CsvValue> ProducerInCsv(const Producer& producer) {
  return {{.value = producer.name(), .is_text = true},
          {.value = TimeInCsv(producer.has_first_seen_time(), producer.first_seen_time())},
          {.value = TimeInCsv(producer.has_last_seen_time(), producer.last_seen_time())},
          {.value = SecondsInCsv(producer.has_silent_for(), producer.silent_for())},
          {.value = SecondsInCsv(producer.has_mean_interval(), producer.mean_interval())},
          {.value = absl::StrCat(producer.events())},
          {.value = absl::StrCat(producer.sequenced_events())},
          {.value = absl::StrCat(producer.last_sequence())},
          {.value = GapsOf(producer), .is_text = true}};
}

absl::Status WriteProducersCsv(Connection& connection, const Look& look) {
  WriteCsv({{.value = "name"},
            {.value = "first_seen_time"},
            {.value = "last_seen_time"},
            {.value = "silent_for_seconds"},
            {.value = "mean_interval_seconds"},
            {.value = "events"},
            {.value = "sequenced_events"},
            {.value = "last_sequence"},
            {.value = "gaps"}},
           look, std::cout);
  return ReadProducers(connection,
                       [&look](const ListProducersResponse& page) {
                         for (const Producer& producer : page.producers()) {
                           WriteCsv(ProducerInCsv(producer), look, std::cout);
                         }
                       })
      .status();
}

absl::Status WriteProducersJson(Connection& connection) {
  return ReadProducers(connection,
                       [](const ListProducersResponse& page) {
                         for (const Producer& producer : page.producers()) {
                           std::cout << ToJson(producer) << '\n';
                         }
                       })
      .status();
}

absl::Status ShowProducers(Connection& connection, Format format, const LookOptions& look) {
  switch (format) {
    case Format::kJson:
      return WriteProducersJson(connection);
    case Format::kCsv:
      return WriteProducersCsv(connection, look.ForStdout());
    case Format::kTable:
      return PrintProducers(connection, look.ForStdout());
  }
  return absl::OkStatus();
}

}  // namespace

ProducersCommand::ProducersCommand(CLI::App& app)
    : app_(app.add_subcommand("producers",
                              "Show who records events, who is silent, and what is missing")) {
  look_.AddTo(*app_);
  app_->footer("Example: daybook producers --utc");
}

ExitCode ProducersCommand::Run(Connection& connection, bool json) const {
  if (look_.IsBoth(json)) return TellFailure(UsageError("--json and --csv are one too many"));
  const absl::Status shown = ShowProducers(connection, look_.FormatWith(json), look_);
  if (!shown.ok()) return connection.Fail(shown);
  return ExitCode::kDone;
}

}  // namespace daybook::cli
