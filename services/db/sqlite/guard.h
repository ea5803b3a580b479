#pragma once

#include <utility>

#include <SQLiteCpp/SQLiteCpp.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace daybook::db::sqlite {

// What went wrong in SQLite while `doing`, as a status with its reason:
//   UNAVAILABLE / STORE_UNAVAILABLE           busy, cannot be opened, or the disk fails
//   RESOURCE_EXHAUSTED / STORE_FULL           no space left
//   FAILED_PRECONDITION / STORE_READ_ONLY     may not write
//   DATA_LOSS / STORE_DAMAGED                 not a database, or a damaged one
//   ALREADY_EXISTS                            a unique key is taken
//   FAILED_PRECONDITION                       another constraint is broken
//   CANCELLED / CANCELLED                     StopWhen said so
//   INTERNAL                                  a bug
absl::Status ErrorFrom(const SQLite::Exception& exception, absl::string_view doing);

// Calls `body`, turning a SQLiteCpp exception into a Status: the one place
// where they end.
template <typename Body>
absl::Status Guard(absl::string_view doing, Body&& body) {
  try {
    std::forward<Body>(body)();
    return absl::OkStatus();
  } catch (const SQLite::Exception& exception) {
    return ErrorFrom(exception, doing);
  }
}

}  // namespace daybook::db::sqlite
