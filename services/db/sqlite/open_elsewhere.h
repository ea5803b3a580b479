#pragma once

#include <optional>
#include <string>

namespace daybook::db::sqlite {

// Whether anybody has the file open, this process included. Nothing where the
// system does not tell: it tells the file's owner, and of local files only.
//
// Never of a database that this process has open: POSIX lets go of its locks.
std::optional<bool> IsOpen(const std::string& path);

}  // namespace daybook::db::sqlite
