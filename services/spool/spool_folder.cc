#include "spool/spool_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "google/protobuf/util/json_util.h"

namespace daybook::spool {
namespace {

namespace fs = std::filesystem;

using ::daybook::audit::v1::Event;

constexpr char kSuffix[] = ".jsonl";
constexpr char kBadSuffix[] = ".bad";
constexpr char kActions[] = "migration.";
constexpr size_t kMaxRunName = 40;

absl::Status CheckRun(absl::string_view run) {
  const bool has_good_characters = std::all_of(run.begin(), run.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
  if (has_good_characters && !run.empty() && run.size() <= kMaxRunName) return absl::OkStatus();
  return absl::InvalidArgumentError("a run is named with 1 to 40 of a-z A-Z 0-9 _ -");
}

absl::Status CheckEvents(std::span<const Event> events) {
  if (events.empty() || events.size() > kMaxEvents) {
    return absl::InvalidArgumentError(
        absl::StrCat("a run leaves 1 to ", kMaxEvents, " events, and not ", events.size()));
  }
  for (size_t i = 0; i < events.size(); ++i) {
    if (!absl::StartsWith(events[i].action(), kActions)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", i + 1, ": the action does not begin with ", kActions));
    }
  }
  return absl::OkStatus();
}

absl::Status TooLargeError() {
  return absl::InvalidArgumentError("a run leaves at most 4 MiB of events");
}

absl::StatusOr<std::string> LinesOf(std::span<const Event> events) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string lines;
  for (const Event& event : events) {
    std::string line;
    if (!google::protobuf::util::MessageToJsonString(event, &line, options).ok()) {
      return absl::InvalidArgumentError("an event cannot be written as JSON");
    }
    absl::StrAppend(&lines, line, "\n");
  }
  if (lines.size() > kMaxBytes) return TooLargeError();
  return lines;
}

absl::StatusOr<std::vector<Event>> EventsOf(absl::string_view text) {
  std::vector<Event> events;
  for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
    Event& event = events.emplace_back();
    const auto parsed = google::protobuf::util::JsonStringToMessage(
        google::protobuf::StringPiece(line.data(), line.size()), &event);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "line ", events.size(),
          " is no event: ", absl::string_view(parsed.message().data(), parsed.message().size())));
    }
    if (events.size() > kMaxEvents) break;  // as many as CheckEvents needs to see
  }
  return events;
}

absl::Status SystemError(absl::string_view doing, absl::string_view path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(doing, " ", path));
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  const bool is_new = fs::create_directories(path, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("make ", path));
  return is_new ? db::sqlite::SyncFolder(fs::absolute(path).parent_path()) : absl::OkStatus();
}

// The name of the run whose file this is, or "".
std::string RunOf(const fs::directory_entry& entry) {
  std::error_code ignored;
  const std::string name = entry.path().filename().string();
  const bool is_file = entry.symlink_status(ignored).type() == fs::file_type::regular;
  if (!is_file || !absl::EndsWith(name, kSuffix)) return "";
  return std::string(absl::StripSuffix(name, kSuffix));
}

}  // namespace

std::string SpoolFolder::FileOf(absl::string_view run) const {
  return absl::StrCat(path_, "/", run, kSuffix);
}

absl::Status SpoolFolder::Put(absl::string_view run, std::span<const Event> events) const {
  DAYBOOK_RETURN_IF_ERROR(CheckRun(run));
  DAYBOOK_RETURN_IF_ERROR(CheckEvents(events));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string lines, LinesOf(events));
  DAYBOOK_RETURN_IF_ERROR(MakeFolder(path_));
  return db::sqlite::WriteDurably(lines, FileOf(run));
}

absl::StatusOr<std::vector<std::string>> SpoolFolder::Runs() const {
  std::vector<std::string> runs;
  std::error_code error;
  for (auto entry = fs::directory_iterator(path_, error);
       !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::string run = RunOf(*entry);
    if (!run.empty()) runs.push_back(std::move(run));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return absl::ErrnoToStatus(error.value(), absl::StrCat("look into ", path_));
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

absl::StatusOr<std::vector<Event>> SpoolFolder::Read(const std::string& run) const {
  DAYBOOK_RETURN_IF_ERROR(CheckRun(run));
  const std::string path = FileOf(run);
  std::ifstream file(path, std::ios::binary);
  if (!file) return SystemError("open", path);
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return SystemError("read", path);
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxBytes) return TooLargeError();
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Event> events, EventsOf(text));
  DAYBOOK_RETURN_IF_ERROR(CheckEvents(events));
  return events;
}

absl::Status SpoolFolder::Remove(const std::string& run) const {
  const std::string path = FileOf(run);
  return std::remove(path.c_str()) == 0 ? absl::OkStatus() : SystemError("remove", path);
}

absl::Status SpoolFolder::SetAside(const std::string& run) const {
  const std::string path = FileOf(run);
  const std::string bad = path + kBadSuffix;
  return std::rename(path.c_str(), bad.c_str()) == 0 ? absl::OkStatus()
                                                     : SystemError("rename", path);
}

}  // namespace daybook::spool
