#pragma once

#include <ostream>
#include <string>

#include "daybook/exit_code.h"
#include "daybook/importer/import.h"

namespace daybook::cli::importer {

// Says what an import finds and what came of it: text for people, or for
// programs a line of JSON each, the result last.
//
// Thread-compatible.
class ImportReport {
 public:
  // People are told on `err` what is wrong. Both must outlive it.
  ImportReport(bool json, std::ostream& out, std::ostream& err)
      : json_(json), out_(out), err_(err) {}

  void Source(const std::string& path, const SourceTable& table);
  void Problems(const ProblemList& problems);
  void Done(const Import::Counts& counts, const Import::Options& options,
            const ProblemList& problems);
  // What went wrong was told already; returns `code`.
  ExitCode Failed(ExitCode code, const Import::Counts& counts);

 private:
  const bool json_;
  std::ostream& out_;
  std::ostream& err_;
};

}  // namespace daybook::cli::importer
