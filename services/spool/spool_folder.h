#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "daybook/audit/v1/event.pb.h"

namespace daybook::spool {

// The most that a run may leave.
inline constexpr size_t kMaxEvents = 1'000;
inline constexpr size_t kMaxBytes = size_t{4} << 20;

// The folder where the migrator leaves what it did, for daybookd to record: a
// file a run, `RUN.jsonl`, with an event a line in protobuf's JSON. A file is
// there whole or not at all, also after a crash. docs/operations.md states the
// format.
//
// Errors of the system are those of db/sqlite/durable_file.h.
//
// Immutable.
class SpoolFolder {
 public:
  explicit SpoolFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // Leaves the events of a run, and makes the folder where it is missing. The
  // same events left again are recorded once. INVALID_ARGUMENT where Read would
  // not take them, or `run` is not 1 to 40 of `a-z A-Z 0-9 _ -`.
  absl::Status Put(absl::string_view run, std::span<const audit::v1::Event> events) const;

  // The runs that wait, in the order of their names; none without a folder.
  absl::StatusOr<std::vector<std::string>> Runs() const;

  // What a run left. INVALID_ARGUMENT where that can never be recorded: the name
  // is no run's, a line is no event or not one of a migration, there are none or
  // too many. NOT_FOUND where it is gone.
  absl::StatusOr<std::vector<audit::v1::Event>> Read(const std::string& run) const;

  absl::Status Remove(const std::string& run) const;

  // Keeps the file for people to look at, as `RUN.jsonl.bad`.
  absl::Status SetAside(const std::string& run) const;

 private:
  std::string FileOf(absl::string_view run) const;

  std::string path_;
};

}  // namespace daybook::spool
