#include "migrator/backup/prune.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "db/sqlite/durable_file.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/check.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/names.h"

namespace daybook::migrator::backup {
namespace {

std::vector<Manifest> TooOld(const std::vector<Manifest>& backups, const Retention& retention,
                             absl::Time now) {
  std::vector<Manifest> old;
  for (const Manifest& manifest : backups) {
    const absl::Time made = absl::FromUnixMicros(MicrosOf(manifest.created_at()));
    if (made + retention.keep < now && !retention.referenced.contains(manifest.id())) {
      old.push_back(manifest);
    }
  }
  return old;
}

// "" where there is none.
absl::StatusOr<std::string> NewestWhole(const BackupJob& job,
                                        const std::vector<Manifest>& backups) {
  for (const Manifest& manifest : backups) {
    if (!IsVerifiedAndThere(job, manifest)) continue;
    const absl::Status checked = CheckFile(job, manifest);
    if (absl::IsCancelled(checked)) return checked;
    if (checked.ok()) return manifest.id();
    job.observer.Note("warning", checked.message(), {{"backup", manifest.id()}});
  }
  return "";
}

absl::StatusOr<std::vector<std::string>> Prune(const BackupJob& job, const Retention& retention) {
  DAYBOOK_ASSIGN_OR_RETURN(const Catalog catalog, ListBackups(job));
  DAYBOOK_RETURN_IF_ERROR(RemovePartials(job, FolderOf(job)));
  std::vector<std::string> removed;
  const std::vector<Manifest> old = TooOld(catalog.backups, retention, job.clock.Now());
  if (old.empty()) return removed;
  DAYBOOK_ASSIGN_OR_RETURN(const std::string newest, NewestWhole(job, catalog.backups));
  if (newest.empty()) {
    job.observer.Note("warning", "no backup is whole, so none is removed", {});
    return removed;
  }
  for (const Manifest& manifest : old) {
    if (manifest.id() == newest) continue;
    // The manifest goes last: without it nobody would know the file.
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(BackupPath(job, manifest)));
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(ManifestPath(job, manifest)));
    removed.push_back(manifest.id());
  }
  return removed;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> PruneBackups(const BackupJob& job,
                                                      const Retention& retention) {
  absl::StatusOr<std::vector<std::string>> removed = Prune(job, retention);
  if (removed.ok()) return removed;
  return AsFailure(removed.status(), migration::ExitCode::kResources,
                   absl::StrCat("old backups in ", FolderOf(job), " cannot be removed"),
                   "make the folder readable and writable, then run it again");
}

}  // namespace daybook::migrator::backup
