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

// Stdout, a device or a pipe. What it was given is gone: there is no state of it, it is not
// renamed, and an export that stopped begins anew.
//
// Thread-compatible.
class ExportStream final : public ExportSink {
 public:
  // Of kStdout or kDevice. Waits for the reader of a pipe.
  static absl::StatusOr<std::unique_ptr<ExportSink>> Open(const std::string& path);

  const std::optional<ExportState>& left() const override { return left_; }
  bool is_terminal() const override;
  absl::Status BeginAt(const ExportState&) override { return absl::OkStatus(); }
  absl::Status Append(absl::string_view lines) override;
  absl::Status Save(const ExportState&) override { return absl::OkStatus(); }
  absl::Status Finish() override { return absl::OkStatus(); }
  void Discard() override {}

 private:
  ExportStream(std::string path, db::sqlite::Descriptor stream)
      : path_(std::move(path)), stream_(std::move(stream)) {}

  const std::string path_;
  const db::sqlite::Descriptor stream_;
  const std::optional<ExportState> left_;
};

}  // namespace daybook::cli
