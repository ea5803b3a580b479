#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::verify {

// Opens a database of a store to read it, in a transaction that lasts as long as
// the connection: with its journals where it has some, and otherwise in a way that
// works in a folder that may not be written to.
//
// DATA_LOSS            it is no database, or a damaged one
// FAILED_PRECONDITION  a change of it was cut off, which a service takes back when it starts
absl::StatusOr<db::sqlite::Connection> OpenToRead(const std::string& path);

// How the bytes of a file come into the process.
enum class Access {
  kMapped,  // faster; where the disk fails, the system ends the process
  kRead,
};

// The same for a file that never changes again: its journals are not its.
absl::StatusOr<db::sqlite::Connection> OpenSealed(const std::string& path, Access access);

}  // namespace daybook::verify
