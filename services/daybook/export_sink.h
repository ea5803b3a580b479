#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "daybook/export_state.h"

namespace daybook::cli {

// Where the lines of an export go. Errors as of db/sqlite/durable_file.h.
//
// Thread-compatible.
class ExportSink {
 public:
  ExportSink() = default;
  virtual ~ExportSink() = default;
  ExportSink(const ExportSink&) = delete;
  ExportSink& operator=(const ExportSink&) = delete;

  // What an export that stopped has left here; nothing for a new one.
  virtual const std::optional<ExportState>& left() const = 0;

  // Whether somebody looks at the lines as they come.
  virtual bool is_terminal() const = 0;

  // Begins anew, or goes on behind what `state` counts as whole.
  virtual absl::Status BeginAt(const ExportState& state) = 0;

  // CANCELLED where nobody reads it any more.
  virtual absl::Status Append(absl::string_view lines) = 0;

  // Makes what was appended so far, and `state`, outlast a crash, where that is possible.
  virtual absl::Status Save(const ExportState& state) = 0;

  // All of it is there.
  virtual absl::Status Finish() = 0;

  // Nothing of it is to stay.
  virtual void Discard() = 0;
};

}  // namespace daybook::cli
