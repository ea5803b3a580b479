#include "journal/service_event.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "auth/principal.h"
#include "core/status_macros.h"
#include "event/checked_event.h"
#include "journal/answer.h"
#include "journal/await.h"
#include "ledger/salt.h"
#include "query/filter.h"

namespace daybook::journal {

using ::daybook::audit::v1::Event;

absl::StatusOr<storage::NewEvent> NewServiceEvent(const ServiceEvent& event,
                                                  const event::EventRules& rules, absl::Time now) {
  Event fields;
  fields.set_action(event.action);
  fields.set_public_details(event.public_details);
  fields.set_details(event.details);
  return NewServiceEvent(std::move(fields), event.request_id, rules, now);
}

absl::StatusOr<storage::NewEvent> NewServiceEvent(Event fields, std::string request_id,
                                                  const event::EventRules& rules, absl::Time now) {
  DAYBOOK_ASSIGN_OR_RETURN(event::CheckedEvent checked,
                           event::CheckedEvent::Check(rules, std::move(fields),
                                                      {.producer = auth::kService,
                                                       .source = audit::v1::SOURCE_SERVICE,
                                                       .request_id = std::move(request_id)},
                                                      now));
  return storage::NewEvent(std::move(checked), ledger::DrawSalt());
}

absl::StatusOr<Seq> RecordServiceEvent(const ServiceEvent& event, const event::EventRules& rules,
                                       absl::Time now, GroupCommit& commits) {
  DAYBOOK_ASSIGN_OR_RETURN(storage::NewEvent checked, NewServiceEvent(event, rules, now));
  std::vector<storage::NewEvent> events;
  events.push_back(std::move(checked));
  DAYBOOK_ASSIGN_OR_RETURN(const GroupCommit::Receipts receipts,
                           Await<GroupCommit::Receipts>([&](Answer<GroupCommit::Receipts> answer) {
                             commits.Submit(std::move(events), std::move(answer));
                           }));
  return receipts.front().seq;
}

absl::StatusOr<std::optional<Seq>> FindServiceEvent(storage::EventStore& store,
                                                    const std::string& action,
                                                    const std::string& request_id, Seq from) {
  storage::ScanRequest scan;
  scan.order = storage::ScanOrder::kSeq;
  scan.as_of = store.Size();
  DAYBOOK_ASSIGN_OR_RETURN(scan.filter, query::Filter::Parse(absl::StrCat(
                                            "action = ", action, " AND producer = ", auth::kService,
                                            " AND request_id = \"", request_id, "\"")));
  if (from.value() > 0) scan.last_examined = Seq(from.value() - 1);
  do {
    DAYBOOK_ASSIGN_OR_RETURN(const storage::ScanResult page, store.Scan(scan));
    const auto found = std::find_if(page.events.begin(), page.events.end(), [](const Event& event) {
      return event.source() == audit::v1::SOURCE_SERVICE;
    });
    if (found != page.events.end()) return Seq(found->seq());
    scan.last_examined = page.last_examined;
  } while (scan.last_examined);
  return std::nullopt;
}

}  // namespace daybook::journal
