#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"

#include "daybook/migration/v1/record.pb.h"

namespace daybook::migrator::backup {

using FileState = migration::v1::FileState;

// How to tell without reading a file that nobody wrote to it: the kernel notes
// the time of each change, and no program can set it back.

// The state of the file at `path`. Nothing where there is none, and where its
// last change is so near to `now` that another could get the same time.
std::optional<FileState> StateOf(const std::string& path, absl::Time now);

// The same of a database in SQLite, which the caller holds the write lock of.
// Nothing also where its -wal may hold part of it.
std::optional<FileState> StateOfDatabase(const std::string& path, absl::Time now);

bool IsSame(const FileState& a, const FileState& b);

}  // namespace daybook::migrator::backup
