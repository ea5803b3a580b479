#include "bench/engine_store.h"

#include <utility>

#include "core/status_macros.h"
#include "db/sqlite/store_layout.h"
#include "event/checked_event.h"
#include "ledger/salt.h"
#include "migrator/store/store_commands.h"
#include "storage/new_event.h"

namespace daybook::bench {

absl::StatusOr<std::unique_ptr<EngineStore>> EngineStore::Make(const std::string& folder) {
  const migrator::store::CreateOptions options;
  std::ostringstream migrated;
  migrator::Report report(migrator::Format::kText, migrated);
  if (migrator::store::Apply(folder, options, report) != migrator::ExitCode::kDone) {
    return absl::InternalError(migrated.str());
  }
  DAYBOOK_ASSIGN_OR_RETURN(event::EventRules rules, event::EventRules::Compile());
  std::unique_ptr<EngineStore> made(new EngineStore(std::move(rules)));
  DAYBOOK_ASSIGN_OR_RETURN(made->store_, storage::sqlite::SqliteEventStore::Open(
                                             {.layout = db::sqlite::StoreLayout(folder),
                                              .segment_events = options.segment_events},
                                             made->clock_, made->metrics_, made->log_));
  return made;
}

absl::Status EngineStore::Append(std::vector<audit::v1::Event> events, absl::Time now) {
  clock_.Set(now);
  const event::Provenance provenance = {
      .producer = "bench", .source = audit::v1::SOURCE_CLAIMED, .request_id = ""};
  const std::vector<ledger::Salt> salts = ledger::DrawSalts(events.size());
  std::vector<storage::NewEvent> checked;
  checked.reserve(events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(
        event::CheckedEvent event,
        event::CheckedEvent::Check(rules_, std::move(events[i]), provenance, now));
    checked.emplace_back(std::move(event), salts[i]);
  }
  std::vector<const storage::NewEvent*> pointers;
  pointers.reserve(checked.size());
  for (const storage::NewEvent& event : checked) pointers.push_back(&event);
  while (true) {
    const auto begin = std::chrono::steady_clock::now();
    absl::Status appended = store_->Append(pointers).status();
    if (absl::IsResourceExhausted(appended)) {
      store_->WaitUntilSealed();
      continue;
    }
    appending_ += std::chrono::steady_clock::now() - begin;
    return appended;
  }
}

}  // namespace daybook::bench
