#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "daybook/export_state.h"
#include "db/sqlite/descriptor.h"

namespace daybook::cli {

// The file of an export while it is unfinished: FILE.partial, beside it FILE.partial.state
// which says how much of it is whole. Nobody else writes to it meanwhile. Errors as of
// db/sqlite/durable_file.h.
//
// Thread-compatible.
class ExportFile {
 public:
  // Opens what is there, or a new one. FAILED_PRECONDITION where another process writes
  // to it, or it is no export's.
  static absl::StatusOr<ExportFile> Open(const std::string& path);

  // What an export that stopped has left; nothing for a new one.
  const std::optional<ExportState>& left() const { return left_; }

  // Begins anew, or goes on behind what `state` counts as whole.
  absl::Status BeginAt(const ExportState& state);

  absl::Status Append(absl::string_view lines);

  // Makes what was appended so far, and `state`, outlast a crash.
  absl::Status Save(const ExportState& state);

  // Gives the file its name.
  absl::Status Finish();

  // Removes it, and what says how far it is.
  void Discard();

 private:
  ExportFile(std::string path, db::sqlite::Descriptor file, std::optional<ExportState> left)
      : path_(std::move(path)), file_(std::move(file)), left_(std::move(left)) {}

  std::string path_;
  db::sqlite::Descriptor file_;
  std::optional<ExportState> left_;
};

}  // namespace daybook::cli
