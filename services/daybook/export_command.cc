#include "daybook/export_command.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybook/command_progress.h"
#include "daybook/csv.h"
#include "daybook/event_csv.h"
#include "daybook/event_json.h"
#include "daybook/event_pages.h"
#include "daybook/export_file.h"
#include "daybook/export_stream.h"
#include "daybook/failure.h"
#include "daybook/filter_text.h"
#include "daybook/log_begin.h"
#include "daybook/standard_output.h"
#include "daybook/terminal_text.h"
#include "daybook/whole_number.h"
#include "db/sqlite/durable_file.h"
#include "telemetry/log.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::QueryEventsResponse;

constexpr int32_t kExportPage = 1'000;
constexpr absl::Duration kBetweenSaves = absl::Seconds(1);
constexpr char kCsv[] = "csv";

std::string CsvFor(const ExportSink& sink, const std::vector<CsvValue>& values) {
  return sink.is_terminal() ? CsvLineForTerminal(values) : CsvLine(values);
}

std::string LinesFor(const ExportSink& sink, const QueryEventsResponse& page, bool is_csv) {
  std::string lines;
  for (const Event& event : page.events()) {
    absl::StrAppend(&lines, is_csv ? CsvFor(sink, EventCsvValues(event)) : ToJson(event),
                    is_csv ? "" : "\n");
  }
  return lines;
}

bool IsTokenRefused(const absl::Status& error) {
  return ReasonIn(error) == ReasonName(Reason::kPageTokenInvalid);
}

}  // namespace

ExportCommand::ExportCommand(CLI::App& app)
    : app_(app.add_subcommand("export",
                              "Write events to a file, by seq; goes on where it stopped")) {
  which_.AddTo(*app_, FilterOptions::Times::kOffered);
  app_->add_option("-o,--output", output_, "The file to write; - is standard output")
      ->required()
      ->type_name("FILE");
  app_->add_option("--format", format_, "A JSON object a line, or comma-separated values")
      ->check(CLI::IsMember({"jsonl", kCsv}))
      ->capture_default_str();
  app_->add_option("--as-of-size", as_of_size_, "Only the first so many events of the log")
      ->transform(WholeNumber());
  app_->add_flag("--force", force_,
                 "Put it in place of a file that is there, or of another export");
  app_->add_flag("--utc", utc_, "Days of --since and --until begin in UTC, not in local time");
  app_->footer(
      "Until it is finished the file has the name FILE.partial; the same command goes on with it.\n"
      "Example: daybook export -o failures.csv --format csv --outcome failure --since 30d\n"
      "Example: daybook export -o everything.jsonl\n"
      "Example: daybook export -o - --since 1d | gzip > day.jsonl.gz");
}

absl::StatusOr<std::unique_ptr<ExportSink>> ExportCommand::OpenSink() const {
  if (output_.empty()) return UsageError("--output takes the name of a file, or -");
  if (target_ == ExportTarget::kUnfit) {
    return UsageError(absl::StrCat(output_, " is a folder or a disk; --output takes a file, or -"));
  }
  if (target_ != ExportTarget::kFile) return ExportStream::Open(output_);
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(output_));
  if (exists && !force_) {
    return absl::AlreadyExistsError(
        absl::StrCat(output_, " is there already; --force puts the export in its place"));
  }
  return ExportFile::Open(output_);
}

absl::StatusOr<ExportState> ExportCommand::Begin(const ExportSink& sink,
                                                 const std::string& filter) const {
  const absl::TimeZone zone = utc_ ? absl::UTCTimeZone() : absl::LocalTimeZone();
  DAYBOOK_ASSIGN_OR_RETURN(std::string asked, which_.Build(zone));
  ExportState state{.asked = {.filter = asked, .format = format_, .as_of_size = as_of_size_},
                    .filter = filter,
                    .sent_filter = filter,
                    .sent_as_of_size = as_of_size_};
  const std::optional<ExportState>& left = sink.left();
  if (left && left->as_of_size == 0) return state;  // it has nothing yet
  if (left && left->asked == state.asked) return *left;
  if (left && !force_) {
    return absl::FailedPreconditionError(
        absl::StrCat(output_, ".partial is of another export: ", left->asked.format, ", filter '",
                     left->asked.filter, "'; --force begins anew"));
  }
  return state;
}

absl::Status ExportCommand::WritePages(Connection& connection, ExportSink& sink,
                                       telemetry::Progress& progress) {
  QueryEventsRequest request;
  request.set_filter(state_.sent_filter);
  request.set_order_by("seq");
  request.set_as_of_size(state_.sent_as_of_size);
  request.set_page_size(kExportPage);
  request.set_page_token(state_.page_token);
  absl::Time saved = absl::InfinitePast();
  const auto take = [&](const QueryEventsResponse& page) -> absl::StatusOr<bool> {
    if (state_.as_of_size == 0) progress.Begin("export", page.as_of_size());
    const std::string lines = LinesFor(sink, page, format_ == kCsv);
    DAYBOOK_RETURN_IF_ERROR(sink.Append(lines));
    state_.bytes += lines.size();
    state_.events += static_cast<uint64_t>(page.events_size());
    state_.as_of_size = page.as_of_size();
    if (!page.events().empty()) state_.last_seq = page.events().rbegin()->seq();
    state_.page_token = page.next_page_token();
    state_.is_whole = state_.page_token.empty();
    progress.Reach(state_.last_seq ? *state_.last_seq + 1 : 0);
    if (absl::Now() - saved < kBetweenSaves || state_.is_whole) return true;
    saved = absl::Now();
    DAYBOOK_RETURN_IF_ERROR(sink.Save(state_));
    return true;
  };
  return ReadEventPages(connection, request, take);
}

absl::Status ExportCommand::GoOnWithoutToken(Connection& connection, ExportSink& sink,
                                             telemetry::Progress& progress) {
  if (absl::StrContains(state_.filter, "ago(")) {
    return absl::FailedPreconditionError(
        "it stopped too long ago for a filter with ago(): that has another meaning by now; "
        "--since is safe, --force with another filter begins anew");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Seq begin, FirstShown(connection));
  const uint64_t next = state_.last_seq ? *state_.last_seq + 1 : 0;
  if (begin.value() > next && begin.value() < state_.as_of_size) {
    return ErrorWithReason(
        absl::StatusCode::kNotFound, Reason::kPruned,
        absl::StrCat("the events from ", next, " on were dropped since it stopped"));
  }
  state_.sent_filter = AllOf({state_.filter, absl::StrCat("seq >= ", next)});
  state_.sent_as_of_size = state_.as_of_size;
  state_.page_token.clear();
  return WritePages(connection, sink, progress);
}

absl::Status ExportCommand::WriteAll(Connection& connection, ExportSink& sink, bool json) {
  // Never among the lines of the export.
  const bool is_mixed = sink.is_terminal() || (json && target_ == ExportTarget::kStdout);
  CommandProgress progress(is_mixed ? CommandProgress::Style::kSilent
                                    : CommandProgress::StyleFor(json));
  if (state_.as_of_size > 0) progress.get().Begin("export", state_.as_of_size);
  const bool was_left = !state_.page_token.empty();
  absl::Status written = WritePages(connection, sink, progress.get());
  if (was_left && IsTokenRefused(written)) {
    written = GoOnWithoutToken(connection, sink, progress.get());
  }
  progress.get().End();
  if (!written.ok() && state_.as_of_size > 0)
    sink.Save(state_).IgnoreError();  // it is told already
  if (!written.ok() && state_.as_of_size == 0) sink.Discard();
  return written;
}

absl::Status ExportCommand::Export(Connection& connection, bool json) {
  const absl::TimeZone zone = utc_ ? absl::UTCTimeZone() : absl::LocalTimeZone();
  DAYBOOK_ASSIGN_OR_RETURN(const std::string filter, which_.BuildAsOf(zone, absl::Now()));
  target_ = TargetOf(output_);
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<ExportSink> sink, OpenSink());
  DAYBOOK_ASSIGN_OR_RETURN(state_, Begin(*sink, filter));
  DAYBOOK_RETURN_IF_ERROR(sink->BeginAt(state_));
  if (state_.bytes > 0 && !json) {
    std::cerr << "daybook: goes on behind " << Counted(state_.events, "event", "events") << '\n';
  }
  if (state_.bytes == 0 && format_ == kCsv) {
    const std::string header = CsvLine(EventCsvNames());
    DAYBOOK_RETURN_IF_ERROR(sink->Append(header));
    state_.bytes = header.size();
  }
  if (!state_.is_whole) {
    DAYBOOK_RETURN_IF_ERROR(WriteAll(connection, *sink, json));
  }
  DAYBOOK_RETURN_IF_ERROR(sink->Save(state_));
  return sink->Finish();
}

void ExportCommand::TellWhatIsLeft(const absl::Status& error) const {
  if (state_.as_of_size == 0) return;
  if (target_ != ExportTarget::kFile) {
    std::cerr << "  what was written there is not whole\n";
    return;
  }
  const std::string partial = absl::StrCat(ForTerminal(output_), ".partial");
  if (ReasonIn(error) == ReasonName(Reason::kPruned)) {
    std::cerr << "  remove " << partial << " to begin anew with what the log keeps\n";
  } else {
    std::cerr << "  " << partial << " has " << Counted(state_.events, "event", "events")
              << "; the same command goes on\n";
  }
}

ExitCode ExportCommand::Tell(const Connection& connection, const absl::Status& error) const {
  // Who reads no more has what they wanted.
  const bool is_unread = target_ == ExportTarget::kStdout && IsStdoutUnread();
  if (is_unread && absl::IsCancelled(error)) return ExitCode::kDone;
  const ExitCode code = TellFilterFailure(connection, which_, state_.filter, error);
  TellWhatIsLeft(error);
  return code;
}

void ExportCommand::TellTheEnd(std::ostream& out, bool json) const {
  if (json) {
    out << R"({"file":)" << telemetry::JsonQuoted(output_) << R"(,"events":)" << state_.events
        << R"(,"as_of_size":)" << state_.as_of_size << "}\n";
  } else {
    out << ForTerminal(output_) << ": " << Counted(state_.events, "event", "events")
        << ", complete as of size " << state_.as_of_size << '\n';
  }
}

ExitCode ExportCommand::Run(Connection& connection, bool json) {
  const absl::Status exported = Export(connection, json);
  if (!exported.ok()) return Tell(connection, exported);
  TellTheEnd(target_ == ExportTarget::kStdout ? std::cerr : std::cout, json);
  return ExitCode::kDone;
}

}  // namespace daybook::cli
