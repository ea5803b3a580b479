#include "journal/declaration.h"

#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "auth/principal.h"
#include "core/errors.h"
#include "core/status_macros.h"
#include "event/checked_event.h"
#include "ledger/redaction.h"
#include "ledger/salt.h"
#include "telemetry/log.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::storage::NewEvent;
using ::daybook::storage::SeqRange;
using ::daybook::telemetry::JsonQuoted;

// A range of two seqs of twenty digits takes 44 bytes, so these fit 16 KiB.
constexpr size_t kRangesInPart = 370;
constexpr size_t kMaxParts = 1'000;

std::string PartId(const std::string& name, size_t part) {
  return absl::StrCat("erasure:", name, ":", part);
}

std::string PublicDetails(const ErasureRequest& request, uint64_t events, size_t part, size_t of) {
  const std::string groups =
      absl::StrJoin(request.groups, ",", [](std::string* out, ledger::Group group) {
        absl::StrAppend(out, JsonQuoted(ledger::GroupName(group)));
      });
  return absl::StrCat(R"({"by":)", JsonQuoted(request.by), R"(,"ticket":)",
                      JsonQuoted(request.ticket), R"(,"reason":)", JsonQuoted(request.reason),
                      R"(,"groups":[)", groups, R"(],"count":)", events, R"(,"part":)", part,
                      R"(,"of":)", of, "}");
}

}  // namespace

absl::StatusOr<std::vector<NewEvent>> DeclarationOf(const storage::PlannedErasure& planned,
                                                    const ErasureRequest& request, uint64_t events,
                                                    const event::EventRules& rules,
                                                    absl::Time now) {
  std::span<const SeqRange> rest(planned.erasure.ranges);
  const size_t parts = (rest.size() + kRangesInPart - 1) / kRangesInPart;
  if (parts > kMaxParts) {
    return InvalidFieldError({.reason = Reason::kFieldInvalid,
                              .field = "filter",
                              .description = "finds events in too many separate places; erase "
                                             "them in several steps, such as action by action"});
  }
  const std::vector<ledger::Salt> salts = ledger::DrawSalts(parts);
  std::vector<NewEvent> declaration;
  declaration.reserve(parts);
  for (size_t part = 1; part <= parts; ++part) {
    const std::span<const SeqRange> ranges = rest.first(std::min(rest.size(), kRangesInPart));
    rest = rest.subspan(ranges.size());
    Event event;
    event.set_action(storage::kErasedAction);
    event.set_public_details(PublicDetails(request, events, part, parts));
    event.set_details(
        absl::StrCat(R"({"ranges":)", storage::RangesText({ranges.begin(), ranges.end()}), "}"));
    DAYBOOK_ASSIGN_OR_RETURN(event::CheckedEvent checked,
                             event::CheckedEvent::Check(rules, std::move(event),
                                                        {.producer = auth::kService,
                                                         .source = audit::v1::SOURCE_SERVICE,
                                                         .request_id = PartId(planned.name, part)},
                                                        now));
    declaration.emplace_back(std::move(checked), salts[part - 1]);
  }
  return declaration;
}

std::string DeclarationFilter(const std::string& name) {
  return absl::StrCat("producer = ", auth::kService, " AND request_id = \"", PartId(name, 1), "\"");
}

bool IsDeclaration(const Event& event) {
  return event.source() == audit::v1::SOURCE_SERVICE && event.action() == storage::kErasedAction;
}

}  // namespace daybook::journal
