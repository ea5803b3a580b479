#include "migrator/app/rehearsal_file.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "db/sqlite/durable_file.h"
#include "google/protobuf/util/json_util.h"
#include "ledger/hash.h"
#include "migrator/app/backups.h"
#include "migrator/backup/names.h"
#include "migrator/sqlite/silent_observer.h"

namespace daybook::migrator::app {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kFormat = 1;
constexpr size_t kHashDigits = 64;

// The text with the first `from` in the place of which `to` stands: the hash of a
// report is over zeros in its own place.
std::string Exchanged(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (!from.empty() && at < text.size()) text.replace(at, from.size(), to);
  return text;
}

std::string Zeros() { return std::string(kHashDigits, '0'); }

std::string HashOfText(const std::string& text) { return ledger::ToHex(ledger::Sha256(text)); }

absl::Status ReadFaultError(const std::string& path, absl::string_view what) {
  return absl::DataLossError(absl::StrCat(path, " ", what));
}

void ReadInto(const std::string& path, const std::string& database,
              std::vector<Rehearsal>& rehearsals, std::vector<std::string>& unreadable) {
  absl::StatusOr<Rehearsal> rehearsal = ReadRehearsal(path);
  if (!rehearsal.ok()) {
    unreadable.emplace_back(rehearsal.status().message());
  } else if (rehearsal->database() == database) {
    rehearsals.push_back(*std::move(rehearsal));
  }
}

}  // namespace

std::string RehearsalPath(const Options& options) {
  if (!options.trial.report.empty()) return backup::RealPath(options.trial.report);
  sqlite::SilentObserver silent;
  const backup::BackupJob job = JobOf(options, silent);
  return absl::StrCat(backup::FolderOf(job), "/",
                      backup::RehearsalFileName(job, options.clock.Now()));
}

absl::Status WriteRehearsal(const std::string& path, Rehearsal rehearsal) {
  rehearsal.set_format(kFormat);
  rehearsal.set_sha256(Zeros());
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(rehearsal, &text, options).ok()) {
    return absl::FailedPreconditionError(
        "the report of the rehearsal cannot be written: a path or a name is not UTF-8");
  }
  const std::string hash = HashOfText(text);
  return db::sqlite::WriteDurably(Exchanged(std::move(text), Zeros(), hash), path);
}

absl::StatusOr<Rehearsal> ReadRehearsal(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> text, db::sqlite::ReadIfThere(path));
  if (!text) {
    return absl::NotFoundError(absl::StrCat("there is no report of a rehearsal at ", path));
  }
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  Rehearsal rehearsal;
  const auto parsed = google::protobuf::util::JsonStringToMessage(*text, &rehearsal, options);
  if (!parsed.ok() || rehearsal.format() == 0) {
    return ReadFaultError(path, "is no report of a rehearsal");
  }
  if (rehearsal.format() != kFormat) {
    return ReadFaultError(path, "is of a format that only a newer build knows");
  }
  if (HashOfText(Exchanged(*std::move(text), rehearsal.sha256(), Zeros())) != rehearsal.sha256()) {
    return ReadFaultError(path, "was changed since it was written");
  }
  return rehearsal;
}

std::vector<Rehearsal> ListRehearsals(const Options& options,
                                      std::vector<std::string>& unreadable) {
  sqlite::SilentObserver silent;
  const backup::BackupJob job = JobOf(options, silent);
  const std::string database = backup::DatabasePath(job);
  std::vector<Rehearsal> rehearsals;
  if (!options.trial.report.empty()) {
    ReadInto(options.trial.report, database, rehearsals, unreadable);
    return rehearsals;
  }
  std::error_code error;
  for (fs::directory_iterator entry(backup::FolderOf(job), error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (backup::IsRehearsalFileName(job, entry->path().filename().string())) {
      ReadInto(entry->path().string(), database, rehearsals, unreadable);
    }
  }
  std::sort(rehearsals.begin(), rehearsals.end(), [](const Rehearsal& a, const Rehearsal& b) {
    return MicrosOf(a.ended_at()) > MicrosOf(b.ended_at());
  });
  return rehearsals;
}

}  // namespace daybook::migrator::app
