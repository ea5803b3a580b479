#include "daybook/event_export.h"

#include <fstream>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/event_json.h"
#include "daybook/event_pages.h"
#include "db/sqlite/durable_file.h"

namespace daybook::cli {
namespace {

constexpr int32_t kEventsInPage = 1'000;

// Writes what the service shows, up to the first event that is missing; the seq behind
// the last one that it wrote.
absl::StatusOr<uint64_t> WritePages(Connection& connection, const EventRange& range,
                                    std::ostream& out, telemetry::Progress& progress) {
  audit::v1::QueryEventsRequest request;
  request.set_order_by("seq");
  request.set_as_of_size(range.end);
  request.set_page_size(kEventsInPage);
  uint64_t next = range.first;
  const auto take = [&](const audit::v1::QueryEventsResponse& page) -> absl::StatusOr<bool> {
    for (const audit::v1::Event& event : page.events()) {
      if (event.seq() != next) return false;
      ++next;
      out << ToJson(event) << '\n';
    }
    progress.Reach(next - range.first);
    return true;
  };
  DAYBOOK_RETURN_IF_ERROR(ReadEventPages(connection, request, take));
  return next;
}

}  // namespace

absl::Status ExportEvents(Connection& connection, const EventRange& range, const std::string& path,
                          telemetry::Progress& progress) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(path));
  if (exists) return absl::AlreadyExistsError(absl::StrCat(path, " is there already"));
  const std::string unfinished = path + ".new";
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  progress.Begin("export", range.end - range.first);
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t end, WritePages(connection, range, file, progress));
  file.close();
  if (!file) return absl::FailedPreconditionError(absl::StrCat(unfinished, " cannot be written"));
  if (end != range.end) {
    return absl::DataLossError(absl::StrCat("the service does not show event ", end));
  }
  return db::sqlite::ReplaceDurably(unfinished, path);
}

}  // namespace daybook::cli
