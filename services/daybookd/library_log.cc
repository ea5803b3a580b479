#include "daybookd/library_log.h"

#include <iostream>

#include <grpc/support/log.h>

#include "core/clock.h"
#include "google/protobuf/stubs/logging.h"
#include "telemetry/log.h"

namespace daybook::daybookd {
namespace {

using telemetry::Severity;

Severity SeverityOf(gpr_log_severity severity) {
  return severity == GPR_LOG_SEVERITY_ERROR ? Severity::kError : Severity::kInfo;
}

void WriteLine(gpr_log_func_args* message) {
  const SystemClock clock;
  telemetry::Log(std::cerr, clock)
      .Write(SeverityOf(message->severity), "grpc", {{"message", std::string(message->message)}});
}

}  // namespace

void TameLibraryLogs() {
  gpr_set_log_function(WriteLine);
  google::protobuf::SetLogHandler(nullptr);
}

}  // namespace daybook::daybookd
