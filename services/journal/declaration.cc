#include "journal/declaration.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "journal/service_event.h"
#include "ledger/redaction.h"
#include "telemetry/log.h"

namespace daybook::journal {
namespace {

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
  return absl::StrCat("{", JsonOf(request.words), R"(,"groups":[)", groups, R"(],"count":)", events,
                      R"(,"part":)", part, R"(,"of":)", of, "}");
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
  std::vector<NewEvent> declaration;
  declaration.reserve(parts);
  for (size_t part = 1; part <= parts; ++part) {
    const std::span<const SeqRange> ranges = rest.first(std::min(rest.size(), kRangesInPart));
    rest = rest.subspan(ranges.size());
    DAYBOOK_ASSIGN_OR_RETURN(
        NewEvent event,
        NewServiceEvent(
            {.action = storage::kErasedAction,
             .public_details = PublicDetails(request, events, part, parts),
             .details = absl::StrCat(R"({"ranges":)",
                                     storage::RangesText({ranges.begin(), ranges.end()}), "}"),
             .request_id = PartId(planned.name, part)},
            rules, now));
    declaration.push_back(std::move(event));
  }
  return declaration;
}

absl::StatusOr<bool> IsDeclared(storage::EventStore& store,
                                const storage::PlannedErasure& planned) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Seq> found,
                           FindServiceEvent(store, storage::kErasedAction, PartId(planned.name, 1),
                                            Seq(planned.planned_at.value())));
  return found.has_value();
}

}  // namespace daybook::journal
