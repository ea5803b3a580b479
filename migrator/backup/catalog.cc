#include "migrator/backup/catalog.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "db/sqlite/durable_file.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/names.h"

namespace daybook::migrator::backup {
namespace {

namespace fs = std::filesystem;

using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;

constexpr absl::string_view kLatest = "latest-verified";

bool IsNewer(const Manifest& a, const Manifest& b) {
  return std::make_pair(MicrosOf(a.created_at()), a.id()) >
         std::make_pair(MicrosOf(b.created_at()), b.id());
}

std::string IdOf(absl::string_view name) {
  for (const char* end : {".json", ".enc", ".sqlite"}) absl::ConsumeSuffix(&name, end);
  return std::string(name);
}

void TakeIn(const BackupJob& job, const std::string& path, Catalog& catalog) {
  absl::StatusOr<Manifest> manifest = ReadManifest(path);
  if (!manifest.ok()) {
    catalog.unreadable.emplace_back(manifest.status().message());
  } else if (manifest->database() == DatabasePath(job)) {
    catalog.backups.push_back(*std::move(manifest));
  }
}

// Where `id` is nothing that a backup is called, it must not lead elsewhere.
absl::StatusOr<Manifest> ReadNamed(const BackupJob& job, absl::string_view id) {
  const std::string name = IdOf(id);
  if (name.empty() || absl::StrContains(name, "/") || name.front() == '.') {
    return absl::NotFoundError("a backup has no such name");
  }
  return ReadManifest(absl::StrCat(FolderOf(job), "/", ManifestFileName(name)));
}

}  // namespace

absl::StatusOr<Catalog> ListBackups(const BackupJob& job) {
  Catalog catalog;
  const std::string folder = FolderOf(job);
  const std::string beginning = BackupIdPrefix(job);
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (absl::StartsWith(name, beginning) && absl::EndsWith(name, ".json") &&
        !IsRehearsalFileName(job, name)) {
      TakeIn(job, entry->path().string(), catalog);
    }
  }
  if (error) {
    return Failure(
        ExitCode::kResources,
        absl::StrCat("the folder of the backups, ", folder, ", cannot be read: ", error.message()),
        "make it, or name another one with --backup-dir; nothing was changed");
  }
  std::sort(catalog.backups.begin(), catalog.backups.end(), IsNewer);
  return catalog;
}

absl::StatusOr<Manifest> FindBackup(const BackupJob& job, absl::string_view id) {
  if (id == kLatest) {
    DAYBOOK_ASSIGN_OR_RETURN(const Catalog catalog, ListBackups(job));
    for (const Manifest& manifest : catalog.backups) {
      if (manifest.why() == kBeforeRestore) continue;
      if (IsVerifiedAndThere(job, manifest)) return manifest;
    }
    return Failure(
        ExitCode::kBackup,
        absl::StrCat("there is no verified backup of ", DatabasePath(job), " in ", FolderOf(job)),
        "name the folder with --backup-dir, or a backup by its id");
  }
  absl::StatusOr<Manifest> found = ReadNamed(job, id);
  if (found.ok()) return found;
  return AsFailure(found.status(), ExitCode::kBackup,
                   absl::StrCat("there is no backup ", id, " in ", FolderOf(job)),
                   "see what there is: backup list");
}

bool IsVerifiedAndThere(const BackupJob& job, const Manifest& manifest) {
  if (!manifest.has_verified_at()) return false;
  const absl::StatusOr<uint64_t> bytes = db::sqlite::FileSize(BackupPath(job, manifest));
  return bytes.ok() && *bytes == manifest.bytes();
}

}  // namespace daybook::migrator::backup
