#include "migrator/sqlite/testimony.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "google/protobuf/struct.pb.h"
#include "migrator/sqlite/row.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;

// The details of an event, which are texts by name.
class Details {
 public:
  static absl::StatusOr<Details> Read(const RecordedEvent& event) {
    Details details;
    DAYBOOK_RETURN_IF_ERROR(FromJson(event.details, &details.fields_));
    return details;
  }

  std::string Text(const std::string& name) const {
    const auto found = fields_.fields().find(name);
    return found == fields_.fields().end() ? "" : found->second.string_value();
  }

  // -1 where there is none.
  int Version() const {
    int version = -1;
    return absl::SimpleAtoi(Text("version"), &version) ? version : -1;
  }

 private:
  google::protobuf::Struct fields_;
};

AppliedMigration AppliedBy(const RecordedEvent& event, const Details& details) {
  const bool is_baseline = event.action == "migration.baselined";
  const std::string backup = details.Text("backup");
  return {.version = details.Version(),
          .name = details.Text("name"),
          .checksum = details.Text("checksum"),
          .applied_at = event.at,
          .applied_by = "",  // no event tells
          .run_id = event.run_id,
          .strategy = is_baseline ? kBaseline : details.Text("strategy"),
          .schema_before = details.Text("schema_before"),
          .schema_after = details.Text("schema_after"),
          .backup_id = backup == "none" ? "" : backup};
}

absl::Status Hear(const RecordedEvent& event, Testimony& testimony) {
  const bool is_applied =
      event.action == "migration.applied" || event.action == "migration.baselined";
  const bool is_back = event.action == "migration.rolled_back";
  if (!is_applied && !is_back && event.action != "migration.repaired") return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const Details details, Details::Read(event));
  const int version = details.Version();
  if (version < 0) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                           absl::StrCat("row ", event.id, " of mig_event names no version"));
  }
  if (is_applied) {
    testimony.applied[version] = AppliedBy(event, details);
    testimony.kept_rows.erase(version);
    int64_t kept = 0;
    if (absl::SimpleAtoi(details.Text("kept_rows"), &kept)) testimony.kept_rows[version] = kept;
  }
  if (is_back) testimony.applied.erase(version);
  testimony.version = is_back ? version - 1 : version;
  testimony.schema_after = details.Text("schema_after");
  return absl::OkStatus();
}

}  // namespace

bool Testimony::HasBaseline() const {
  return std::any_of(applied.begin(), applied.end(),
                     [](const auto& entry) { return entry.second.strategy == kBaseline; });
}

absl::StatusOr<Testimony> ReadTestimony(Connection& database) {
  Testimony testimony;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<RecordedEvent> events, ReadEvents(database));
  if (events.empty()) return testimony;
  DAYBOOK_RETURN_IF_ERROR(CheckEventChain(database));
  for (const RecordedEvent& event : events) DAYBOOK_RETURN_IF_ERROR(Hear(event, testimony));
  return testimony;
}

}  // namespace daybook::migrator::sqlite
