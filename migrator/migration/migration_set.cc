#include "migrator/migration/migration_set.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/status_macros.h"
#include "migrator/migration/file_name.h"
#include "migrator/migration/source_text.h"
#include "migrator/migration/sql_migration.h"

namespace daybook::migration {
namespace {

namespace fs = std::filesystem;

// The files that share a version, ascending by name.
using Versions = std::map<int, std::vector<std::string>>;

bool IsIgnored(const std::string& name, fs::file_type type) {
  if (absl::StartsWith(name, ".") || absl::StartsWith(name, "README")) return true;
  if (type == fs::file_type::directory) return name == "fixture" || name == "tests";
  return absl::EndsWith(name, ".md");
}

// The names of all files that are to be migrations, ascending.
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code status_error;  // of a link that leads nowhere or in circles
    const fs::file_type type = entry->status(status_error).type();
    if (IsIgnored(name, type)) continue;
    if (status_error || type != fs::file_type::regular) {
      return FileError(entry->path().string(),
                       status_error ? absl::StrCat("cannot be read: ", status_error.message())
                                    : "is not a file; migrations are files, beside them may lie "
                                      "the folders fixture and tests");
    }
    names.push_back(name);
  }
  if (error) {
    const std::string problem = absl::StrCat(folder, ": ", error.message(),
                                             "; --migrations names the folder of the migrations");
    return error == std::errc::no_such_file_or_directory ? absl::NotFoundError(problem)
                                                         : absl::InvalidArgumentError(problem);
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::string> ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(MigrationSet::kMaxFileBytes + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.is_open() || file.bad()) {
    return FileError(path, "cannot be read; is this user allowed to?");
  }
  if (!file.eof()) return FileError(path, "is larger than 4 MiB, more than any migration needs");
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

absl::StatusOr<MigrationFile> ParseFiles(const std::string& folder,
                                         const std::vector<std::string>& names) {
  std::vector<SqlFile> files;
  for (const std::string& name : names) {
    DAYBOOK_ASSIGN_OR_RETURN(std::string bytes, ReadBytes(absl::StrCat(folder, "/", name)));
    files.push_back({.name = name, .bytes = std::move(bytes)});
  }
  const bool is_declared = absl::EndsWith(names.front(), ".textproto");
  absl::StatusOr<MigrationFile> file =
      is_declared ? ParseMigration(names.front(), files.front().bytes) : ParseSqlMigration(files);
  if (file.ok()) return file;
  return absl::Status(file.status().code(), absl::StrCat(folder, "/", file.status().message()));
}

// Parts of one migration are SQL and have one name.
absl::Status CheckParts(const std::string& folder, const std::vector<std::string>& names) {
  DAYBOOK_ASSIGN_OR_RETURN(const FileName first, ParseFileName(names.front()));
  for (const std::string& name : names) {
    DAYBOOK_ASSIGN_OR_RETURN(const FileName other, ParseFileName(name));
    const bool is_alone = first.part == FileName::Part::kDeclaration ||
                          other.part == FileName::Part::kDeclaration || other.name != first.name;
    if (is_alone && name != names.front()) {
      return FileError(absl::StrCat(folder, "/", name),
                       absl::StrCat("has the version of ", names.front(), "; give it its own"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Versions> GroupByVersion(const std::string& folder,
                                        const std::vector<std::string>& names) {
  Versions versions;
  for (const std::string& name : names) {
    const absl::StatusOr<FileName> parsed = ParseFileName(name);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(folder, "/", parsed.status().message()));
    }
    versions[parsed->version].push_back(name);
  }
  return versions;
}

}  // namespace

absl::StatusOr<MigrationSet> MigrationSet::Read(const std::string& folder) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListFiles(folder));
  DAYBOOK_ASSIGN_OR_RETURN(const Versions versions, GroupByVersion(folder, names));
  if (versions.empty()) {
    return FileError(folder, "holds no migration; `daybook-migrate new NAME` writes the first");
  }
  std::vector<MigrationFile> files;
  for (const auto& [version, parts] : versions) {
    if (version != static_cast<int>(files.size()) + 1) {
      return FileError(absl::StrCat(folder, "/", parts.front()),
                       absl::StrFormat("version %04d is missing before it; versions rise from "
                                       "0001 without a gap",
                                       files.size() + 1));
    }
    DAYBOOK_RETURN_IF_ERROR(CheckParts(folder, parts));
    DAYBOOK_ASSIGN_OR_RETURN(MigrationFile file, ParseFiles(folder, parts));
    files.push_back(std::move(file));
  }
  return MigrationSet(std::move(files));
}

const MigrationFile* MigrationSet::Find(int version) const {
  return version >= 1 && version <= newest() ? &files_[static_cast<size_t>(version) - 1] : nullptr;
}

}  // namespace daybook::migration
