#include "daybook/import_command.h"

#include <unistd.h>

#include <iostream>

#include <CLI/CLI.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "daybook/whole_number.h"
#include "event/event_rules.h"
#include "telemetry/progress.h"

namespace daybook::cli {
namespace {

constexpr int kMaxBatchEvents = 1'000;
constexpr char kSqlite[] = "sqlite:";

std::string PathIn(const std::string& url) {
  if (!absl::StartsWith(url, kSqlite) || url == kSqlite) {
    throw CLI::ValidationError("--from", "must be sqlite:PATH, the file of a database");
  }
  return std::string(absl::StripPrefix(url, kSqlite));
}

absl::TimeZone ZoneOf(const std::string& name) {
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(name, &zone)) {
    throw CLI::ValidationError("--time-zone", "is not one that this machine knows: Asia/Seoul");
  }
  return zone;
}

telemetry::Progress::Style StyleOf(bool json) {
  using Style = telemetry::Progress::Style;
  if (json) return Style::kJson;
  return isatty(STDERR_FILENO) != 0 ? Style::kBar : Style::kSilent;
}

}  // namespace

ImportCommand::ImportCommand(CLI::App& app)
    : app_(app.add_subcommand("import", "Bring the audit_logs of an application into the log")) {
  options_.producer = "import";
  app_->add_option_function<std::string>(
          "--from", [this](const std::string& url) { path_ = PathIn(url); },
          "sqlite:PATH, the application's database; it is only read")
      ->required();
  app_->add_option("--table", table_, "The table or view")->capture_default_str();
  app_->add_option("--producer", options_.producer,
                   "In whose name; each database needs a producer of its own")
      ->check([](const std::string& name) { return name.empty() ? "must not be empty" : ""; })
      ->capture_default_str();
  app_->add_option("--batch", options_.batch_events, "Rows that are recorded together")
      ->transform(WholeNumber(1, kMaxBatchEvents))
      ->capture_default_str();
  app_->add_option("--patience", patience_seconds_,
                   "Seconds to keep trying while the service takes nothing")
      ->check(Seconds(0))
      ->capture_default_str();
  app_->add_flag("--dry-run", options_.dry_run, "Check all rows; ask no service, send nothing");
  app_->add_option("--skip-invalid", options_.skip_invalid,
                   "Set rows that cannot be recorded aside in this file, and go on");
  app_->add_flag("--wrap-details", mapping_.wrap_details,
                 "Make details that are no JSON object one: {\"text\": ...}");
  app_->add_option_function<std::string>(
      "--time-zone", [this](const std::string& name) { mapping_.time_zone = ZoneOf(name); },
      "Of times that do not say theirs: Asia/Seoul");
  app_->footer(
      "A row is recorded once, however often this runs; after an interruption run it again.\n"
      "Example: daybook import --from sqlite:app.db --producer shop --dry-run");
}

ExitCode ImportCommand::Run(Connection& connection, bool json) {
  importer::ImportReport report(json, std::cout, std::cerr);
  options_.patience = absl::Seconds(patience_seconds_);
  absl::StatusOr<importer::SourceTable> table = importer::SourceTable::Open(path_, table_);
  if (!table.ok()) return report.Failed(connection.Fail(table.status()), {});
  report.Source(path_, *table);
  return RunOn(*table, connection, json, report);
}

ExitCode ImportCommand::RunOn(importer::SourceTable& table, Connection& connection, bool json,
                              importer::ImportReport& report) {
  const auto rules = event::EventRules::Compile();
  if (!rules.ok()) return connection.Fail(rules.status());
  if (auto broken = rules->BrokenByProducer(options_.producer)) {
    return report.Failed(
        connection.Fail(absl::InvalidArgumentError(absl::StrCat("--producer ", *broken))), {});
  }
  const SystemClock clock;
  mapping_.has_times = table.Has(importer::Column::kCreatedAt);
  const importer::RowMapper mapper(*rules, mapping_, clock);
  telemetry::Progress progress(StyleOf(json), json ? std::cout : std::cerr, clock);
  importer::Import work(
      {.table = table, .mapper = mapper, .connection = connection, .progress = progress}, options_);
  const absl::Status done = work.Run();
  progress.End();
  report.Problems(work.problems());
  if (!done.ok()) return report.Failed(connection.Fail(done), work.counts());
  report.Done(work.counts(), options_, work.problems());
  return ExitCode::kDone;
}

}  // namespace daybook::cli
