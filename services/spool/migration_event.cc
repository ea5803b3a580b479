#include "spool/migration_event.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "core/timestamp.h"
#include "schema/utf8.h"
#include "telemetry/log.h"

namespace daybook::spool {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::telemetry::JsonQuoted;

constexpr size_t kMaxResourceId = 512;

void SetKind(MigrationEvent::Kind kind, Event& event) {
  switch (kind) {
    case MigrationEvent::Kind::kApplied:
      event.set_action("migration.applied");
      event.set_outcome(audit::v1::OUTCOME_SUCCESS);
      return;
    case MigrationEvent::Kind::kRolledBack:
      event.set_action("migration.rolled_back");
      event.set_outcome(audit::v1::OUTCOME_SUCCESS);
      return;
    case MigrationEvent::Kind::kFailed:
      event.set_action("migration.failed");
      event.set_outcome(audit::v1::OUTCOME_FAILURE);
      return;
  }
}

// A file's name may hold any bytes; an event may not.
std::string Legible(const std::string& name) {
  const std::string legible = schema::CountCharacters(name) ? name : absl::CHexEscape(name);
  return legible.size() <= kMaxResourceId ? legible : "";
}

std::string DetailsOf(const MigrationEvent& migration) {
  std::string details =
      absl::StrCat("{\"version\":", migration.version, ",\"name\":", JsonQuoted(migration.name),
                   ",\"database\":", JsonQuoted(migration.database),
                   ",\"duration_us\":", absl::ToInt64Microseconds(migration.took));
  const auto add = [&details](absl::string_view name, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&details, ",", JsonQuoted(name), ":", JsonQuoted(value));
  };
  add("checksum", migration.checksum);
  add("strategy", migration.strategy);
  add("build", migration.build);
  for (const auto& [name, count] : migration.counts) {
    absl::StrAppend(&details, ",", JsonQuoted(name), ":", count);
  }
  return absl::StrCat(details, "}");
}

}  // namespace

Event ToEvent(const MigrationEvent& migration) {
  Event event;
  SetKind(migration.kind, event);
  SetTimestamp(FloorToMicros(migration.at), event.mutable_event_time());
  event.set_reason(migration.reason);
  event.set_actor("service:daybook-migrate");
  event.set_resource_type("database");
  event.set_resource_id(Legible(migration.database));
  event.set_correlation_id(migration.run);
  event.set_details(DetailsOf(migration));
  return event;
}

}  // namespace daybook::spool
