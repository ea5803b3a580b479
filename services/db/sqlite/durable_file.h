#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::db::sqlite {

// Files that are there, whole, or not there at all, also after a crash. Errors:
//   RESOURCE_EXHAUSTED / STORE_FULL         no space left
//   FAILED_PRECONDITION / STORE_READ_ONLY   no permission
//   UNAVAILABLE / STORE_UNAVAILABLE         whatever else the system says

// The error that `number`, an errno, stands for.
absl::Status FileError(absl::string_view doing, int number);

// Whether there is anything at `path`.
absl::StatusOr<bool> Exists(const std::string& path);

absl::StatusOr<uint64_t> FileSize(const std::string& path);

// All of a small file; nothing where there is none.
absl::StatusOr<std::optional<std::string>> ReadIfThere(const std::string& path);

// The path of a folder that lies beside `folder`, under its name and `suffix`.
std::string Beside(absl::string_view folder, absl::string_view suffix);

// Moves a file that was written at `from` to `to`, in place of what is there.
absl::Status ReplaceDurably(const std::string& from, const std::string& to);

// Puts a file with these bytes at `to`, in place of what is there.
absl::Status WriteDurably(absl::string_view bytes, const std::string& to);
// The same, for its owner's eyes only.
absl::Status WriteSecretDurably(absl::string_view bytes, const std::string& to);

// Puts a copy of `from` at `to`, which must not exist. Leftover journals of an
// earlier file of that name are removed first: SQLite would replay them into
// the copy.
absl::Status CopyDurably(const std::string& from, const std::string& to);

// Moves a database that was built at `from`, and is closed, to `to`.
absl::Status MoveDurably(const std::string& from, const std::string& to);

// Lets two files of one folder change places in one step: at no moment does a
// name lack its file, or have half of one. On an error both are where they were.
// UNIMPLEMENTED where the file system knows no such step, or something is mounted
// on one of them.
absl::Status ExchangeDurably(const std::string& one, const std::string& other);

// Removes a database and its journals; nothing where there is none. The
// database goes last, so that a crash leaves no journal without it.
absl::Status RemoveDatabase(const std::string& path);

// Removes the journals of a database and leaves the database.
absl::Status RemoveJournals(const std::string& path);

// Makes what was written to a file survive a crash. Never of a database that
// this process has open: POSIX lets go of its locks.
absl::Status SyncFile(const std::string& path);

// How many bytes this process may still write into a folder.
absl::StatusOr<uint64_t> FreeBytes(const std::string& folder);

// Makes additions to and removals from a folder survive a crash.
absl::Status SyncFolder(const std::string& path);

}  // namespace daybook::db::sqlite
