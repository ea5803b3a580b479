#include "db/sqlite/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/descriptor.h"

namespace daybook::db::sqlite {
namespace {

constexpr std::array<const char*, 3> kJournalSuffixes = {"-wal", "-shm", "-journal"};

// Of new files; the umask takes from it.
constexpr mode_t kUsualMode = 0666;
constexpr mode_t kSecretMode = 0600;

Descriptor Open(const std::string& path, int flags, mode_t mode = kUsualMode) {
  return Descriptor(open(path.c_str(), flags | O_CLOEXEC, mode));
}

absl::Status Sync(const std::string& path, int flags) {
  const Descriptor file = Open(path, flags);
  if (file.number() < 0) return FileError(absl::StrCat("open ", path), errno);
  if (fsync(file.number()) != 0) return FileError(absl::StrCat("sync ", path), errno);
  return absl::OkStatus();
}

// Returns what errno says.
int WriteAll(const Descriptor& file, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(file.number(), bytes.data(), bytes.size());
    if (put < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return 0;
}

int WriteBytes(absl::string_view bytes, const std::string& to, mode_t mode) {
  const Descriptor file = Open(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
  if (file.number() < 0) return errno;
  return WriteAll(file, bytes);
}

// Likewise. The library's own copy tells of a full disk as of one that fails.
int CopyBytes(const std::string& from, const std::string& to) {
  const Descriptor source = Open(from, O_RDONLY);
  const Descriptor target = Open(to, O_WRONLY | O_CREAT | O_TRUNC);
  if (source.number() < 0 || target.number() < 0) return errno;
  std::array<char, 65'536> buffer;
  while (true) {
    const ssize_t got = read(source.number(), buffer.data(), buffer.size());
    if (got < 0) return errno;
    if (got == 0) return 0;
    const int error = WriteAll(target, {buffer.data(), static_cast<size_t>(got)});
    if (error != 0) return error;
  }
}

absl::Status Remove(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return FileError(absl::StrCat("remove ", path), errno);
}

absl::Status Exchange(const std::string& one, const std::string& other) {
  if (renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) {
    return absl::OkStatus();
  }
  const std::string doing = absl::StrCat("exchange ", one, " and ", other);
  if (errno == EINVAL || errno == ENOSYS || errno == EXDEV || errno == EBUSY) {
    return absl::UnimplementedError(absl::ErrnoToStatus(errno, doing).message());
  }
  return FileError(doing, errno);
}

absl::Status RemoveUnlessOk(absl::Status outcome, const std::string& unfinished) {
  if (!outcome.ok()) Remove(unfinished).IgnoreError();
  return outcome;
}

absl::Status PutDurably(absl::string_view bytes, const std::string& to, mode_t mode) {
  const std::string unfinished = absl::StrCat(to, ".new");
  const int error = WriteBytes(bytes, unfinished, mode);
  return RemoveUnlessOk(
      error == 0 ? ReplaceDurably(unfinished, to) : FileError(absl::StrCat("write ", to), error),
      unfinished);
}

}  // namespace

absl::Status FileError(absl::string_view doing, int number) {
  if (number == ENOSPC || number == EDQUOT) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, Reason::kStoreFull,
                           absl::StrCat(doing, ": no space left on the disk"));
  }
  const absl::Status said = absl::ErrnoToStatus(number, doing);
  if (number == EACCES || number == EPERM || number == EROFS) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kStoreReadOnly,
                           said.message());
  }
  return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable, said.message());
}

absl::StatusOr<bool> Exists(const std::string& path) {
  std::error_code error;
  const bool exists = std::filesystem::exists(path, error);
  if (error) return FileError(absl::StrCat("look for ", path), error.value());
  return exists;
}

absl::StatusOr<std::optional<std::string>> ReadIfThere(const std::string& path) {
  const Descriptor file = Open(path, O_RDONLY);
  if (file.number() < 0 && errno == ENOENT) return std::nullopt;
  if (file.number() < 0) return FileError(absl::StrCat("open ", path), errno);
  std::string bytes;
  std::array<char, 4'096> buffer;
  while (true) {
    const ssize_t got = read(file.number(), buffer.data(), buffer.size());
    if (got < 0) return FileError(absl::StrCat("read ", path), errno);
    if (got == 0) return bytes;
    bytes.append(buffer.data(), static_cast<size_t>(got));
  }
}

std::string Beside(absl::string_view folder, absl::string_view suffix) {
  while (folder.size() > 1 && absl::ConsumeSuffix(&folder, "/")) continue;
  return absl::StrCat(folder, suffix);
}

absl::StatusOr<uint64_t> FileSize(const std::string& path) {
  std::error_code error;
  const uint64_t bytes = std::filesystem::file_size(path, error);
  if (error) return FileError(absl::StrCat("look at ", path), error.value());
  return bytes;
}

absl::StatusOr<uint64_t> FreeBytes(const std::string& folder) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  if (error) return FileError(absl::StrCat("look at ", folder), error.value());
  return space.available;
}

absl::Status RemoveJournals(const std::string& path) {
  for (const char* suffix : kJournalSuffixes) {
    DAYBOOK_RETURN_IF_ERROR(Remove(path + suffix));
  }
  return absl::OkStatus();
}

absl::Status SyncFile(const std::string& path) { return Sync(path, O_RDONLY); }

absl::Status SyncFolder(const std::string& path) { return Sync(path, O_RDONLY | O_DIRECTORY); }

absl::Status MoveDurably(const std::string& from, const std::string& to) {
  DAYBOOK_RETURN_IF_ERROR(RemoveJournals(to));
  return ReplaceDurably(from, to);
}

absl::Status ReplaceDurably(const std::string& from, const std::string& to) {
  DAYBOOK_RETURN_IF_ERROR(SyncFile(from));
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return FileError(absl::StrCat("rename ", from, " to ", to), errno);
  }
  return SyncFolder(std::filesystem::absolute(to).parent_path());
}

absl::Status ExchangeDurably(const std::string& one, const std::string& other) {
  DAYBOOK_RETURN_IF_ERROR(Exchange(one, other));
  absl::Status synced = SyncFolder(std::filesystem::absolute(one).parent_path());
  if (!synced.ok()) DAYBOOK_RETURN_IF_ERROR(Exchange(one, other));
  return synced;
}

absl::Status WriteDurably(absl::string_view bytes, const std::string& to) {
  return PutDurably(bytes, to, kUsualMode);
}

absl::Status WriteSecretDurably(absl::string_view bytes, const std::string& to) {
  // A file that is there keeps its mode.
  DAYBOOK_RETURN_IF_ERROR(Remove(absl::StrCat(to, ".new")));
  return PutDurably(bytes, to, kSecretMode);
}

absl::Status CopyDurably(const std::string& from, const std::string& to) {
  const std::string unfinished = absl::StrCat(to, ".new");
  const int error = CopyBytes(from, unfinished);
  return RemoveUnlessOk(error == 0 ? MoveDurably(unfinished, to)
                                   : FileError(absl::StrCat("copy ", from, " to ", to), error),
                        unfinished);
}

absl::Status RemoveDatabase(const std::string& path) {
  DAYBOOK_RETURN_IF_ERROR(RemoveJournals(path));
  DAYBOOK_RETURN_IF_ERROR(Remove(path));
  return SyncFolder(std::filesystem::path(path).parent_path());
}

}  // namespace daybook::db::sqlite
