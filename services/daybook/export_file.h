#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "daybook/export_sink.h"
#include "db/sqlite/descriptor.h"

namespace daybook::cli {

// The file of an export while it is unfinished: FILE.partial, beside it FILE.partial.state
// which says how much of it is whole. Nobody else writes to it meanwhile.
//
// Thread-compatible.
class ExportFile final : public ExportSink {
 public:
  // Opens what is there, or a new one. FAILED_PRECONDITION where another process writes
  // to it, or it is no export's.
  static absl::StatusOr<std::unique_ptr<ExportSink>> Open(const std::string& path);

  const std::optional<ExportState>& left() const override { return left_; }
  bool is_terminal() const override { return false; }
  absl::Status BeginAt(const ExportState& state) override;
  absl::Status Append(absl::string_view lines) override;
  absl::Status Save(const ExportState& state) override;

  // Gives the file its name.
  absl::Status Finish() override;

  // Removes it, and what says how far it is.
  void Discard() override;

 private:
  ExportFile(std::string path, db::sqlite::Descriptor file, std::optional<ExportState> left)
      : path_(std::move(path)), file_(std::move(file)), left_(std::move(left)) {}

  std::string path_;
  db::sqlite::Descriptor file_;
  std::optional<ExportState> left_;
};

}  // namespace daybook::cli
