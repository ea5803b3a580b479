#include "migrator/app/quarantine_export.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "core/status_macros.h"
#include "db/sqlite/descriptor.h"
#include "db/sqlite/durable_file.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/quarantine.h"
#include "migrator/sqlite/row.h"
#include "migrator/vault/hasher.h"
#include "telemetry/log.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Descriptor;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;
using telemetry::JsonQuoted;

constexpr mode_t kOwner = 0600;
constexpr size_t kPiece = 1 << 16;

// A new file, written in large pieces.
class NewFile {
 public:
  static absl::StatusOr<NewFile> Make(const std::string& path);

  absl::Status Add(absl::string_view bytes);
  // All that was added is on disk then.
  absl::Status Finish();

 private:
  NewFile(Descriptor file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  absl::Status Flush();

  Descriptor file_;
  std::string path_;
  std::string waiting_;
};

absl::Status WriteError(const std::string& path, int number) {
  return Failure(
      ExitCode::kResources,
      absl::StrCat(path, " cannot be written: ", db::sqlite::FileError("write", number).message()),
      "choose a place with space and permission, then run it again");
}

absl::StatusOr<NewFile> NewFile::Make(const std::string& path) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwner));
  if (file.number() >= 0) return NewFile(std::move(file), path);
  if (errno != EEXIST) return WriteError(path, errno);
  return Failure(ExitCode::kUsage, absl::StrCat("there is a file ", path, " already"),
                 "name another: nothing is written over");
}

absl::Status NewFile::Flush() {
  absl::string_view rest = waiting_;
  while (!rest.empty()) {
    const ssize_t written = write(file_.number(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return WriteError(path_, errno);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  waiting_.clear();
  return absl::OkStatus();
}

absl::Status NewFile::Add(absl::string_view bytes) {
  absl::StrAppend(&waiting_, bytes);
  return waiting_.size() < kPiece ? absl::OkStatus() : Flush();
}

absl::Status NewFile::Finish() {
  DAYBOOK_RETURN_IF_ERROR(Flush());
  if (fsync(file_.number()) != 0) return WriteError(path_, errno);
  return db::sqlite::SyncFolder(std::filesystem::absolute(path_).parent_path().string());
}

std::string LineOf(const sqlite::QuarantinedRow& row) {
  const sqlite::KeptRow& kept = row.kept;
  return absl::StrCat(
      "{\"id\":", kept.id, ",\"version\":", row.version, ",\"step\":", kept.step,
      ",\"run_id\":", JsonQuoted(row.run_id), ",\"table\":", JsonQuoted(kept.table),
      ",\"constraint\":", JsonQuoted(kept.constraint), ",\"policy\":", JsonQuoted(kept.policy),
      ",\"state\":", JsonQuoted(row.state), ",\"kept_at\":", JsonQuoted(row.kept_at),
      ",\"original_sha256\":", JsonQuoted(row.hash),
      ",\"original\":", row.state == sqlite::kRowPurged ? "null" : sqlite::ToJson(kept.original),
      ",\"replacement\":", kept.replacement ? sqlite::ToJson(*kept.replacement) : "null", "}\n");
}

absl::StatusOr<Exported> WriteRows(Connection& database, NewFile& file) {
  Exported exported;
  vault::Hasher hasher;
  DAYBOOK_RETURN_IF_ERROR(sqlite::ForEachQuarantined(
      database, {}, [&](const sqlite::QuarantinedRow& row) -> absl::Status {
        const std::string line = LineOf(row);
        ++exported.rows;
        hasher.Add(line);
        return file.Add(line);
      }));
  exported.sha256 = hasher.Finish();
  DAYBOOK_RETURN_IF_ERROR(file.Add(absl::StrCat(
      "{\"rows\":", exported.rows, ",\"sha256\":", JsonQuoted(exported.sha256), "}\n")));
  DAYBOOK_RETURN_IF_ERROR(file.Finish());
  return exported;
}

}  // namespace

absl::StatusOr<Exported> ExportQuarantine(Connection& database, const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(NewFile file, NewFile::Make(path));
  absl::StatusOr<Exported> exported = WriteRows(database, file);
  if (!exported.ok()) unlink(path.c_str());
  return exported;
}

}  // namespace daybook::migrator::app
