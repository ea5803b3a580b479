#include "daybook/store_command.h"

#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/text_table.h"
#include "db/sqlite/store_header.h"
#include "db/sqlite/store_layout.h"
#include "storage/sqlite/segment_list.h"
#include "telemetry/log.h"

namespace daybook::cli {
namespace {

using ::daybook::db::sqlite::StoreLayout;
using ::daybook::storage::sqlite::SegmentInfo;

constexpr double kMib = 1 << 20;

absl::StatusOr<std::vector<SegmentInfo>> SegmentsIn(const StoreLayout& layout) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto header, db::sqlite::ReadStoreHeader(layout));
  return storage::sqlite::ListSegments(layout, header.segment_events);
}

void PrintJson(const SegmentInfo& segment, const std::string& path) {
  std::cout << R"({"segment":)" << segment.number << R"(,"state":")"
            << storage::sqlite::NameOf(segment.state) << '"';
  if (segment.ends.last) {
    std::cout << R"(,"first_seq":)" << segment.ends.first->seq.value() << R"(,"last_seq":)"
              << segment.ends.last->seq.value() << R"(,"first_time":")"
              << FormatTime(segment.ends.first->created_at) << R"(","last_time":")"
              << FormatTime(segment.ends.last->created_at) << '"';
  }
  std::cout << R"(,"bytes":)" << segment.bytes << R"(,"file":)" << telemetry::JsonQuoted(path)
            << "}\n";
}

std::vector<Cell> RowOf(const SegmentInfo& segment, absl::TimeZone zone) {
  const auto time = [zone](Micros micros) {
    return absl::FormatTime("%E4Y-%m-%d %H:%M:%S %Ez", absl::FromUnixMicros(micros), zone);
  };
  const auto& ends = segment.ends;
  return {{.text = absl::StrCat(segment.number)},
          {.text = storage::sqlite::NameOf(segment.state)},
          {.text = ends.last ? absl::StrCat(ends.first->seq.value()) : "-"},
          {.text = ends.last ? absl::StrCat(ends.last->seq.value()) : "-"},
          {.text = ends.last ? time(ends.first->created_at) : "-"},
          {.text = ends.last ? time(ends.last->created_at) : "-"},
          {.text = absl::StrFormat("%.1f MiB", static_cast<double>(segment.bytes) / kMib)}};
}

void PrintForPeople(const std::vector<SegmentInfo>& segments, absl::TimeZone zone) {
  TextTable table({{.name = "SEGMENT"},
                   {.name = "STATE"},
                   {.name = "FIRST SEQ"},
                   {.name = "LAST SEQ"},
                   {.name = "FIRST RECORDED"},
                   {.name = "LAST RECORDED"},
                   {.name = "SIZE"}},
                  Look{}, std::cout);
  uint64_t end = 0;
  uint64_t bytes = 0;
  for (const SegmentInfo& segment : segments) {
    table.Add(RowOf(segment, zone));
    if (segment.ends.last) end = segment.ends.last->seq.value() + 1;
    bytes += segment.bytes;
  }
  table.Flush();
  const bool has_events = !segments.empty() && segments.front().ends.first.has_value();
  const uint64_t begin = has_events ? segments.front().ends.first->seq.value() : end;
  const uint64_t events = end - begin;
  std::cout << events << (events == 1 ? " event" : " events") << " in " << segments.size()
            << (segments.size() == 1 ? " segment, " : " segments, ")
            << absl::StrFormat("%.1f MiB\n", static_cast<double>(bytes) / kMib);
  if (begin > 0) std::cout << "the " << begin << " before them are dropped\n";
}

}  // namespace

StoreCommand::StoreCommand(CLI::App& app)
    : app_(app.add_subcommand("store", "Show the segments of a store's folder")) {
  app_->add_option("--data-dir", data_dir_, "The folder of the store")
      ->envname("DAYBOOK_DATA_DIR")
      ->capture_default_str();
  app_->add_flag("--utc", utc_, "Show times in UTC instead of local time");
  app_->footer(
      "Reads the files themselves; a service may run meanwhile, and need not.\n"
      "Example: daybook store --data-dir /var/lib/daybook");
}

ExitCode StoreCommand::Run(bool json) const {
  const StoreLayout layout(data_dir_);
  const auto segments = SegmentsIn(layout);
  if (!segments.ok()) {
    std::cerr << "daybook: " << segments.status().message() << '\n';
    return absl::IsNotFound(segments.status())      ? ExitCode::kNotFound
           : absl::IsUnavailable(segments.status()) ? ExitCode::kUnavailable
                                                    : ExitCode::kRefused;
  }
  if (!json) {
    PrintForPeople(*segments, utc_ ? absl::UTCTimeZone() : absl::LocalTimeZone());
    return ExitCode::kDone;
  }
  for (const SegmentInfo& segment : *segments) PrintJson(segment, layout.Segment(segment.number));
  return ExitCode::kDone;
}

}  // namespace daybook::cli
