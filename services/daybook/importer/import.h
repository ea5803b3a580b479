#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "daybook/connection.h"
#include "daybook/importer/batch_sender.h"
#include "daybook/importer/problem_list.h"
#include "daybook/importer/recorded_rows.h"
#include "daybook/importer/row_mapper.h"
#include "daybook/importer/skipped_rows.h"
#include "daybook/importer/source_table.h"
#include "telemetry/progress.h"

namespace daybook::cli::importer {

// Brings the rows of a table into the log, each once and in their order: asks
// the log which it has, judges all rows before it sends the first, then sends
// those that are missing.
//
// Thread-compatible.
class Import {
 public:
  struct Options {
    std::string producer;
    int batch_events = 500;
    absl::Duration patience;   // how long the service may take nothing
    bool dry_run = false;      // asks nobody, sends nothing
    std::string skip_invalid;  // where rows that cannot be recorded go; "" stops at them
  };
  struct Counts {
    uint64_t rows = 0;  // looked at
    uint64_t recorded = 0;
    uint64_t repeated = 0;  // were in the log already
    uint64_t skipped = 0;
  };

  // All must outlive it.
  struct Collaborators {
    SourceTable& table;
    const RowMapper& mapper;
    Connection& connection;
    telemetry::Progress& progress;
  };

  Import(const Collaborators& collaborators, Options options);

  // FAILED_PRECONDITION where rows cannot be recorded: problems() says which;
  // ABORTED where one changed meanwhile; others as reading and sending may meet.
  // To run it again does no harm and goes on where it ended.
  absl::Status Run();

  const Counts& counts() const { return counts_; }
  const ProblemList& problems() const { return problems_; }

 private:
  absl::Status AskLog();
  absl::Status CheckRows();
  absl::Status SendRows();
  absl::Status SendRow(const SourceRow& row, BatchSender& sender);
  MappedRow Map(const SourceRow& row) const;

  const Collaborators with_;
  const Options options_;
  RecordedRows recorded_;
  ProblemList problems_;
  std::optional<SkippedRows> skipped_;
  Counts counts_;
};

}  // namespace daybook::cli::importer
