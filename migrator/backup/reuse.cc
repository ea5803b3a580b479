#include "migrator/backup/reuse.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/check.h"

namespace daybook::migrator::backup {
namespace {

// A file that nobody wrote to since it was verified needs no reading.
absl::StatusOr<bool> IsWhole(const BackupJob& job, const Manifest& manifest) {
  const std::optional<FileState> state = StateOf(BackupPath(job, manifest), job.clock.Now());
  if (state && manifest.has_file_state() && IsSame(*state, manifest.file_state())) return true;
  const absl::Status checked = CheckFile(job, manifest);
  if (absl::IsCancelled(checked)) return checked;
  if (!checked.ok()) {
    job.observer.Note("warning",
                      absl::StrCat("backup ", manifest.id(), " is not used: ", checked.message()),
                      {{"backup", manifest.id()}});
  }
  return checked.ok();
}

}  // namespace

std::vector<Manifest> Candidates(const BackupJob& job, const std::vector<Manifest>& backups,
                                 const std::string& key_id, const std::string& schema_digest) {
  std::vector<Manifest> candidates;
  for (const Manifest& manifest : backups) {
    const bool has_schema =
        schema_digest.empty() || manifest.contents().schema_digest() == schema_digest;
    if (has_schema && manifest.key_id() == key_id && IsVerifiedAndThere(job, manifest)) {
      candidates.push_back(manifest);
    }
  }
  return candidates;
}

absl::StatusOr<std::optional<Manifest>> FindUnchanged(const BackupJob& job,
                                                      const std::vector<Manifest>& candidates,
                                                      const std::optional<FileState>& database) {
  if (!database) return std::nullopt;
  for (const Manifest& manifest : candidates) {
    if (!manifest.has_database_state() || !IsSame(manifest.database_state(), *database)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const bool is_whole, IsWhole(job, manifest));
    if (is_whole) return manifest;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<Manifest>> FindSame(const BackupJob& job,
                                                 const std::vector<Manifest>& candidates,
                                                 const Contents& contents) {
  for (const Manifest& manifest : candidates) {
    if (!Differences(manifest.contents(), contents).empty()) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const bool is_whole, IsWhole(job, manifest));
    if (is_whole) return manifest;
  }
  return std::nullopt;
}

absl::Status NoteUse(const BackupJob& job, const std::optional<FileState>& database,
                     Manifest& manifest) {
  manifest.set_attempts(manifest.attempts() + 1);
  SetTimestamp(FloorToMicros(job.clock.Now()), manifest.mutable_last_used_at());
  manifest.clear_database_state();
  if (database) *manifest.mutable_database_state() = *database;
  manifest.clear_file_state();
  if (const auto state = StateOf(BackupPath(job, manifest), job.clock.Now())) {
    *manifest.mutable_file_state() = *state;
  }
  return WriteManifest(job, manifest);
}

}  // namespace daybook::migrator::backup
