#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"

#include "daybook/connection.h"
#include "daybook/exit_code.h"
#include "daybook/export_sink.h"
#include "daybook/export_state.h"
#include "daybook/export_target.h"
#include "daybook/filter_options.h"
#include "telemetry/progress.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook export`: writes events to a file, and goes on where it was stopped; or to stdout
// or a device.
class ExportCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit ExportCommand(CLI::App& app);

  ExitCode Run(Connection& connection, bool json);

  CLI::App* app() const { return app_; }

 private:
  absl::StatusOr<std::unique_ptr<ExportSink>> OpenSink() const;
  // Where to begin: what is left of the same export, or a new one.
  absl::StatusOr<ExportState> Begin(const ExportSink& sink, const std::string& filter) const;
  absl::Status WritePages(Connection& connection, ExportSink& sink, telemetry::Progress& progress);
  // Likewise, where the service does not take the page token any more.
  absl::Status GoOnWithoutToken(Connection& connection, ExportSink& sink,
                                telemetry::Progress& progress);
  absl::Status WriteAll(Connection& connection, ExportSink& sink, bool json);
  absl::Status Export(Connection& connection, bool json);
  ExitCode Tell(const Connection& connection, const absl::Status& error) const;
  void TellWhatIsLeft(const absl::Status& error) const;
  void TellTheEnd(std::ostream& out, bool json) const;

  CLI::App* app_;
  FilterOptions which_;
  std::string output_;
  std::string format_ = "jsonl";
  uint64_t as_of_size_ = 0;
  bool force_ = false;
  bool utc_ = false;
  ExportTarget target_ = ExportTarget::kFile;
  ExportState state_;
};

}  // namespace daybook::cli
