#include "daybook/importer/import_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "daybook/terminal_text.h"
#include "telemetry/log.h"

namespace daybook::cli::importer {
namespace {

using ::daybook::telemetry::JsonQuoted;

std::string JsonOf(const std::vector<std::string>& texts) {
  return absl::StrCat("[",
                      absl::StrJoin(texts, ",",
                                    [](std::string* out, const std::string& text) {
                                      absl::StrAppend(out, JsonQuoted(text));
                                    }),
                      "]");
}

std::string JsonOf(const Import::Counts& counts) {
  return absl::StrCat("\"rows\":", counts.rows, ",\"recorded\":", counts.recorded,
                      ",\"repeated\":", counts.repeated, ",\"skipped\":", counts.skipped);
}

std::string Rows(uint64_t count) { return absl::StrCat(count, count == 1 ? " row" : " rows"); }

}  // namespace

void ImportReport::Source(const std::string& path, const SourceTable& table) {
  const std::vector<std::string>& others = table.other_columns();
  if (json_) {
    out_ << "{\"event\":\"source\",\"database\":" << JsonQuoted(path)
         << ",\"table\":" << JsonQuoted(table.name()) << ",\"rows\":" << table.rows()
         << ",\"first_id\":" << table.first_id() << ",\"last_id\":" << table.last_id()
         << ",\"has_times\":" << (table.Has(Column::kCreatedAt) ? "true" : "false")
         << ",\"columns_left_out\":" << JsonOf(others) << "}\n"
         << std::flush;
    return;
  }
  out_ << ForTerminal(table.name()) << " of " << ForTerminal(path) << ": " << Rows(table.rows())
       << ", ids " << table.first_id() << " to " << table.last_id() << '\n';
  if (!others.empty()) {
    out_ << "  left out, having no place in an event: " << ForTerminal(absl::StrJoin(others, ", "))
         << '\n';
  }
  if (!table.Has(Column::kCreatedAt)) {
    out_ << "  no column created_at: events will have the time of their import\n";
  }
}

void ImportReport::Problems(const ProblemList& problems) {
  for (const ProblemList::Kind& kind : problems.kinds()) {
    const std::string ids = absl::StrJoin(kind.first_ids, json_ ? "," : ", ");
    if (json_) {
      out_ << "{\"event\":\"problem\",\"column\":" << JsonQuoted(kind.column)
           << ",\"problem\":" << JsonQuoted(kind.description) << ",\"rows\":" << kind.rows
           << ",\"first_ids\":[" << ids << "]}\n";
    } else {
      err_ << "  " << kind.column << " " << ForTerminal(kind.description) << ": " << Rows(kind.rows)
           << ", id " << ids << (kind.rows > kind.first_ids.size() ? ", …" : "") << '\n';
    }
  }
  out_ << std::flush;
}

void ImportReport::Done(const Import::Counts& counts, const Import::Options& options,
                        const ProblemList& problems) {
  if (json_) {
    out_ << "{\"event\":\"result\",\"result\":\"" << (options.dry_run ? "checked" : "imported")
         << "\"," << JsonOf(counts) << ",\"invalid\":" << problems.rows() << ",\"exit_code\":0}\n";
    return;
  }
  if (options.dry_run) {
    out_ << Rows(counts.rows - problems.rows()) << " can be recorded, " << problems.rows()
         << " cannot; nothing was sent\n";
  } else {
    out_ << Rows(counts.recorded) << " recorded, " << counts.repeated
         << " were in the log already, " << counts.skipped << " set aside\n";
  }
  if (problems.rows() > 0) {
    out_ << "  those that cannot be recorded are in " << ForTerminal(options.skip_invalid) << '\n';
  }
}

ExitCode ImportReport::Failed(ExitCode code, const Import::Counts& counts) {
  if (json_) {
    out_ << "{\"event\":\"result\",\"result\":\"failed\"," << JsonOf(counts)
         << ",\"exit_code\":" << static_cast<int>(code) << "}\n";
  } else if (counts.recorded > 0) {
    err_ << "  " << Rows(counts.recorded)
         << " were recorded; the same command goes on behind them\n";
  }
  return code;
}

}  // namespace daybook::cli::importer
