#include "migrator/backup/manifest.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/names.h"
#include "migrator/backup/scratch_file.h"
#include "migrator/vault/file_reader.h"

namespace daybook::migrator::backup {
namespace {

constexpr uint32_t kFormat = 1;
// Far beyond what the migrations of a database come to.
constexpr uint64_t kMaxBytes = uint64_t{256} << 20U;

// FAILED_PRECONDITION where it could not be read again: paths and settings need
// not be UTF-8, and JSON is.
absl::StatusOr<std::string> ToText(const Manifest& manifest) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = true;
  std::string text;
  Manifest again;
  const bool is_readable =
      google::protobuf::util::MessageToJsonString(manifest, &text, options).ok() &&
      google::protobuf::util::JsonStringToMessage(text, &again).ok() &&
      google::protobuf::util::MessageDifferencer::Equals(manifest, again);
  if (is_readable) return text;
  return absl::FailedPreconditionError(
      "the manifest cannot be written: a path or a setting is not UTF-8");
}

// Names from a file must not lead out of its folder.
bool IsPlainName(const std::string& name) {
  return !name.empty() && !absl::StrContains(name, '/') && name.front() != '.';
}

}  // namespace

absl::StatusOr<Manifest> ReadManifest(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(vault::FileReader file, vault::FileReader::Open(path));
  if (file.size() > kMaxBytes) return BadBackupError(absl::StrCat(path, " is no manifest"));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::string_view text, file.Read(kMaxBytes));
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  Manifest manifest;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(std::string(text), &manifest, options);
  if (!parsed.ok() || manifest.format() == 0) {
    return BadBackupError(absl::StrCat(path, " is no manifest of a backup"));
  }
  if (manifest.format() != kFormat) {
    return BadBackupError(absl::StrCat(path, " is of format ", manifest.format(),
                                       ", which only a newer build knows"));
  }
  if (!IsPlainName(manifest.id()) || !IsPlainName(manifest.file())) {
    return BadBackupError(absl::StrCat(path, " names no backup in its folder"));
  }
  return manifest;
}

absl::Status WriteManifest(const BackupJob& job, const Manifest& manifest) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string text, ToText(manifest));
  DAYBOOK_ASSIGN_OR_RETURN(ScratchFile file,
                           ScratchFile::Create(PartialPath(job, FolderOf(job), "manifest")));
  DAYBOOK_RETURN_IF_ERROR(file.Append(text));
  DAYBOOK_RETURN_IF_ERROR(file.Finish());
  return file.MoveTo(ManifestPath(job, manifest));
}

std::string BackupPath(const BackupJob& job, const Manifest& manifest) {
  return absl::StrCat(FolderOf(job), "/", manifest.file());
}

std::string ManifestPath(const BackupJob& job, const Manifest& manifest) {
  return absl::StrCat(FolderOf(job), "/", ManifestFileName(manifest.id()));
}

}  // namespace daybook::migrator::backup
