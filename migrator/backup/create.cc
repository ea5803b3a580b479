#include "migrator/backup/create.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "core/timestamp.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/online_backup.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/check.h"
#include "migrator/backup/contents.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/file_state.h"
#include "migrator/backup/names.h"
#include "migrator/backup/reuse.h"
#include "migrator/backup/scratch_file.h"
#include "migrator/backup/unpack.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/vault/encrypted_file.h"
#include "migrator/vault/hasher.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;

constexpr uint32_t kManifestFormat = 1;
// For the manifest, and for what a file system needs besides.
constexpr uint64_t kSpareBytes = 1 << 20;

// One backup in the making.
class Creation {
 public:
  Creation(const BackupJob& job, const NewBackup& wanted, Connection& held)
      : job_(job), wanted_(wanted), held_(held), folder_(FolderOf(job)) {}

  absl::StatusOr<Manifest> Run();

 private:
  absl::Status CheckFolder() const;
  absl::Status CheckSchema();
  absl::StatusOr<std::vector<Manifest>> FindCandidates();
  absl::Status RemoveUnverified(const Manifest& manifest) const;
  absl::StatusOr<Manifest> Use(Manifest manifest) const;
  absl::StatusOr<Manifest> Make(Contents contents);
  absl::Status Describe(Contents contents, Manifest& manifest);
  absl::StatusOr<ScratchFile> CopyAndProve(Manifest& manifest);
  absl::StatusOr<ScratchFile> Encrypt(const std::string& path, Manifest& manifest) const;
  absl::Status Publish(ScratchFile file, Manifest& manifest) const;
  absl::StatusOr<Manifest> Upload(Manifest manifest) const;

  const BackupJob& job_;
  const NewBackup& wanted_;
  Connection& held_;
  const std::string folder_;
  std::optional<vault::Key> key_;
  std::optional<FileState> database_state_;
};

absl::StatusOr<Manifest> Creation::Run() {
  if (!held_.IsInTransaction()) {
    return absl::FailedPreconditionError("the database is not held by a transaction");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckFolder());
  DAYBOOK_RETURN_IF_ERROR(CheckSchema());
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<vault::Key> key, ReadKey(job_));
  if (key) key_.emplace(*std::move(key));
  // While others write, the file's state says nothing of what `held` reads.
  if (held_.HoldsWriteLock()) {
    database_state_ = StateOfDatabase(DatabasePath(job_), job_.clock.Now());
  }
  DAYBOOK_RETURN_IF_ERROR(RemovePartials(job_, folder_));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Manifest> candidates, FindCandidates());
  DAYBOOK_ASSIGN_OR_RETURN(auto unchanged, FindUnchanged(job_, candidates, database_state_));
  if (unchanged) return Use(*std::move(unchanged));
  DAYBOOK_ASSIGN_OR_RETURN(Contents contents,
                           ReadContents(held_, &job_.observer, "reading rows for the backup"));
  DAYBOOK_ASSIGN_OR_RETURN(auto same, FindSame(job_, candidates, contents));
  if (same) return Use(*std::move(same));
  return Make(std::move(contents));
}

absl::Status Creation::CheckFolder() const {
  if (access(folder_.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  const absl::Status error = db::sqlite::FileError("look at it", errno);
  return Failure(ExitCode::kResources,
                 absl::StrCat("no backup can be made in ", folder_, ": ", error.message()),
                 "make the folder, or name another one with --backup-dir; nothing was changed");
}

absl::Status Creation::CheckSchema() {
  if (wanted_.schema_digest.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::SchemaModel schema, sqlite::SchemaModel::Read(held_));
  if (schema.Digest() == wanted_.schema_digest) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the database has another schema than the one that is to be kept");
}

absl::StatusOr<std::vector<Manifest>> Creation::FindCandidates() {
  DAYBOOK_ASSIGN_OR_RETURN(const Catalog catalog, ListBackups(job_));
  for (const std::string& fault : catalog.unreadable) job_.observer.Note("warning", fault, {});
  for (const Manifest& manifest : catalog.backups) {
    if (!manifest.has_verified_at()) DAYBOOK_RETURN_IF_ERROR(RemoveUnverified(manifest));
  }
  return Candidates(job_, catalog.backups, key_ ? key_->Id() : "", wanted_.schema_digest);
}

// A run ended between naming the file and saying that it is a backup.
absl::Status Creation::RemoveUnverified(const Manifest& manifest) const {
  job_.observer.Note("leftover",
                     absl::StrCat("removed backup ", manifest.id(), ", which was not finished"),
                     {{"backup", manifest.id()}});
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(BackupPath(job_, manifest)));
  return db::sqlite::RemoveDatabase(ManifestPath(job_, manifest));
}

absl::StatusOr<Manifest> Creation::Use(Manifest manifest) const {
  DAYBOOK_RETURN_IF_ERROR(NoteUse(job_, database_state_, manifest));
  job_.observer.Note("backup_found",
                     absl::StrCat("backup ", manifest.id(), " holds the very same already"),
                     {{"backup", manifest.id()}, {"attempts", absl::StrCat(manifest.attempts())}});
  return Upload(std::move(manifest));
}

absl::StatusOr<Manifest> Creation::Make(Contents contents) {
  Manifest manifest;
  DAYBOOK_RETURN_IF_ERROR(Describe(std::move(contents), manifest));
  DAYBOOK_ASSIGN_OR_RETURN(ScratchFile file, CopyAndProve(manifest));
  DAYBOOK_RETURN_IF_ERROR(Publish(std::move(file), manifest));
  job_.observer.Note("backup_made", absl::StrCat("backup ", manifest.id(), " is verified"),
                     {{"backup", manifest.id()}, {"bytes", absl::StrCat(manifest.bytes())}});
  return Upload(std::move(manifest));
}

absl::Status Creation::Describe(Contents contents, Manifest& manifest) {
  const absl::Time now = job_.clock.Now();
  DAYBOOK_ASSIGN_OR_RETURN(std::string journal_mode, held_.QueryText("PRAGMA journal_mode"));
  std::string id = BackupId(job_, wanted_.version, now);
  for (int more = 2; access(absl::StrCat(folder_, "/", ManifestFileName(id)).c_str(), F_OK) == 0;
       ++more) {
    id = absl::StrCat(BackupId(job_, wanted_.version, now), "-", more);
  }
  manifest.set_format(kManifestFormat);
  manifest.set_id(id);
  manifest.set_file(BackupFileName(id, key_.has_value()));
  manifest.set_why(wanted_.why);
  manifest.set_tool_version(job_.build);
  manifest.set_engine(db::sqlite::EngineName());
  manifest.set_run_id(job_.run_id);
  SetTimestamp(FloorToMicros(now), manifest.mutable_created_at());
  manifest.set_database(DatabasePath(job_));
  manifest.set_schema_version(wanted_.version);
  manifest.set_journal_mode(std::move(journal_mode));
  *manifest.mutable_contents() = std::move(contents);
  manifest.mutable_migration()->Assign(wanted_.migrations.begin(), wanted_.migrations.end());
  manifest.mutable_setting()->insert(wanted_.settings.begin(), wanted_.settings.end());
  return absl::OkStatus();
}

absl::StatusOr<ScratchFile> Creation::CopyAndProve(Manifest& manifest) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const int64_t bytes,
      held_.QueryInteger("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"));
  const auto files = static_cast<uint64_t>(key_ ? 2 : 1);
  DAYBOOK_RETURN_IF_ERROR(CheckSpace(folder_, files * static_cast<uint64_t>(bytes) + kSpareBytes));
  ScratchFile copy = ScratchFile::Expect(PartialPath(job_, folder_, "copy"));
  DAYBOOK_RETURN_IF_ERROR(
      db::sqlite::BackUpOnline(held_, copy.path(), {.progress = job_.progress, .stop = job_.stop}));
  DAYBOOK_RETURN_IF_ERROR(CheckDatabase(job_, copy.path(), manifest.contents()));
  DAYBOOK_ASSIGN_OR_RETURN(std::string hash, HashOfFile(job_, copy.path()));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t size, db::sqlite::FileSize(copy.path()));
  manifest.set_database_bytes(size);
  manifest.set_database_sha256(hash);
  manifest.set_bytes(size);
  manifest.set_file_sha256(std::move(hash));
  if (!key_) return copy;
  return Encrypt(copy.path(), manifest);
}

// Proved by decrypting it again: to the very bytes that were verified.
absl::StatusOr<ScratchFile> Creation::Encrypt(const std::string& path, Manifest& manifest) const {
  DAYBOOK_ASSIGN_OR_RETURN(ScratchFile file,
                           ScratchFile::Create(PartialPath(job_, folder_, "encrypted")));
  DAYBOOK_RETURN_IF_ERROR(vault::EncryptFile(path, *key_, vault::DrawSalt(),
                                             [&](absl::string_view bytes) -> absl::Status {
                                               DAYBOOK_RETURN_IF_ERROR(CheckStop(job_));
                                               return file.Append(bytes);
                                             }));
  DAYBOOK_RETURN_IF_ERROR(file.Finish());
  vault::Hasher decrypted;
  DAYBOOK_RETURN_IF_ERROR(
      vault::DecryptFile(file.path(), *key_, [&](absl::string_view bytes) -> absl::Status {
        decrypted.Add(bytes);
        return CheckStop(job_);
      }));
  if (decrypted.Finish() != manifest.database_sha256()) {
    return BadBackupError("the encrypted file does not decrypt to what was encrypted");
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::string hash, HashOfFile(job_, file.path()));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t size, db::sqlite::FileSize(file.path()));
  manifest.set_encrypted(true);
  manifest.set_key_id(key_->Id());
  manifest.set_bytes(size);
  manifest.set_file_sha256(std::move(hash));
  return file;
}

// A manifest comes first and says that nothing is verified, so that a crash
// leaves no file that nobody knows.
absl::Status Creation::Publish(ScratchFile file, Manifest& manifest) const {
  DAYBOOK_RETURN_IF_ERROR(WriteManifest(job_, manifest));
  absl::Status published = file.MoveTo(BackupPath(job_, manifest));
  if (published.ok()) {
    SetTimestamp(FloorToMicros(job_.clock.Now()), manifest.mutable_verified_at());
    published = NoteUse(job_, database_state_, manifest);
  }
  if (!published.ok()) RemoveUnverified(manifest).IgnoreError();
  return published;
}

absl::StatusOr<Manifest> Creation::Upload(Manifest manifest) const {
  if (wanted_.upload && !manifest.has_uploaded_at()) {
    DAYBOOK_RETURN_IF_ERROR(UploadBackup(job_, *wanted_.upload, manifest));
  }
  return manifest;
}

}  // namespace

absl::StatusOr<Manifest> CreateBackup(const BackupJob& job, const NewBackup& wanted,
                                      Connection& held) {
  absl::StatusOr<Manifest> made = Creation(job, wanted, held).Run();
  if (made.ok()) return made;
  const std::string what = absl::StrCat("no verified backup of ", DatabasePath(job));
  if (ReasonIn(made.status()) == ReasonName(Reason::kStoreReadOnly)) {
    return AsFailure(made.status(), ExitCode::kResources, what,
                     "make the folder writable, or name another one with --backup-dir;"
                     " nothing was changed");
  }
  return AsFailure(made.status(), ExitCode::kBackup, what,
                   absl::IsResourceExhausted(made.status())
                       ? "free space there, or name another folder with --backup-dir;"
                         " nothing was changed"
                       : "mend the cause, then run it again; nothing was changed");
}

}  // namespace daybook::migrator::backup
