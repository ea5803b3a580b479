#include "migrator/backup/unpack.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "migrator/backup/check.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/names.h"
#include "migrator/vault/encrypted_file.h"
#include "migrator/vault/file_reader.h"
#include "migrator/vault/hasher.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;

constexpr size_t kReadBytes = 1 << 20;

absl::Status ReadPlain(const std::string& path, vault::Sink sink) {
  DAYBOOK_ASSIGN_OR_RETURN(vault::FileReader file, vault::FileReader::Open(path));
  while (!file.AtEnd()) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::string_view bytes, file.Read(kReadBytes));
    DAYBOOK_RETURN_IF_ERROR(sink(bytes));
  }
  return absl::OkStatus();
}

absl::Status ReadDatabase(const BackupJob& job, const Manifest& manifest, vault::Sink sink) {
  const std::string path = BackupPath(job, manifest);
  if (!manifest.encrypted()) return ReadPlain(path, sink);
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<vault::Key> key, ReadKey(job));
  if (!key) {
    return absl::PermissionDeniedError(absl::StrCat("the backup is encrypted, with the key ",
                                                    manifest.key_id(),
                                                    ", and no key file was given"));
  }
  return vault::DecryptFile(path, *key, sink);
}

}  // namespace

absl::StatusOr<std::optional<vault::Key>> ReadKey(const BackupJob& job) {
  if (job.key_file.empty()) return std::nullopt;
  absl::StatusOr<vault::Key> key = vault::Key::Read(job.key_file);
  if (!key.ok()) {
    return AsFailure(key.status(), ExitCode::kUsage, "the key of the backups cannot be read",
                     "name a file of 32 bytes or 64 hex digits; nothing was changed");
  }
  if (const std::string fault = vault::PermissionFault(job.key_file); !fault.empty()) {
    job.observer.Note("warning", fault, {});
  }
  return std::optional<vault::Key>(*std::move(key));
}

absl::StatusOr<ScratchFile> Unpack(const BackupJob& job, const Manifest& manifest,
                                   const std::string& folder) {
  DAYBOOK_RETURN_IF_ERROR(CheckSpace(folder, manifest.database_bytes()));
  DAYBOOK_ASSIGN_OR_RETURN(ScratchFile file,
                           ScratchFile::Create(PartialPath(job, folder, "unpacked")));
  vault::Hasher hasher;
  DAYBOOK_RETURN_IF_ERROR(ReadDatabase(job, manifest, [&](absl::string_view bytes) -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(CheckStop(job));
    hasher.Add(bytes);
    return file.Append(bytes);
  }));
  DAYBOOK_RETURN_IF_ERROR(file.Finish());
  if (hasher.Finish() != manifest.database_sha256()) {
    return BadBackupError(absl::StrCat(BackupPath(job, manifest),
                                       " does not hold, byte by byte, the database that was"
                                       " verified"));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckDatabase(job, file.path(), manifest.contents()));
  return file;
}

absl::Status CheckSpace(const std::string& folder, uint64_t bytes) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t free, db::sqlite::FreeBytes(folder));
  if (free >= bytes) return absl::OkStatus();
  return Failure(ExitCode::kResources,
                 absl::StrCat(folder, " has ", free, " bytes free, and ", bytes, " are needed"),
                 "free space there, or name another folder; nothing was changed");
}

}  // namespace daybook::migrator::backup
