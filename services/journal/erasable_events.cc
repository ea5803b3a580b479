#include "journal/erasable_events.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/leaf.h"
#include "ledger/tree.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::ledger::Group;

constexpr size_t kEventsAtOnce = 1'000;

absl::Status LeafMismatchError(uint64_t seq) {
  return ErrorWithReason(
      absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
      absl::StrCat("event ", seq, " does not match its leaf in the ledger; nothing is erased"));
}

bool HasFieldsOf(const Event& event, const std::vector<Group>& groups) {
  return std::any_of(groups.begin(), groups.end(),
                     [&event](Group group) { return !ledger::EncodeGroup(group, event).empty(); });
}

absl::Status CheckLeaves(storage::EventStore& store, const std::vector<Event>& events) {
  std::vector<ledger::Node> nodes;
  nodes.reserve(events.size());
  for (const Event& event : events) nodes.push_back({.height = 0, .index = event.seq()});
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ledger::Hash> leaves, store.ReadNodes(nodes));
  for (size_t i = 0; i < events.size(); ++i) {
    if (ledger::AsBytes(leaves[i]) != events[i].leaf_hash()) {
      return LeafMismatchError(events[i].seq());
    }
  }
  return absl::OkStatus();
}

void Take(Seq seq, ErasableEvents& found) {
  ++found.count;
  if (!found.ranges.empty() && found.ranges.back().last.value() + 1 == seq.value()) {
    found.ranges.back().last = seq;
  } else {
    found.ranges.push_back({.first = seq, .last = seq});
  }
}

absl::StatusOr<ErasableEvents> FindOnce(storage::EventStore& store, const ErasureRequest& request,
                                        const std::function<bool()>& cancelled) {
  ErasableEvents found{.ranges = {}, .as_of = store.Size()};
  storage::ScanRequest scan{.filter = request.filter,
                            .order = storage::ScanOrder::kSeq,
                            .as_of = found.as_of,
                            .last_examined = {},
                            .limit = kEventsAtOnce,
                            .cancelled = cancelled};
  do {
    DAYBOOK_ASSIGN_OR_RETURN(const storage::ScanResult page, store.Scan(scan));
    DAYBOOK_RETURN_IF_ERROR(CheckLeaves(store, page.events));
    for (const Event& event : page.events) {
      const bool is_erasable =
          !storage::IsProtected(event.action()) && HasFieldsOf(event, request.groups);
      if (is_erasable) Take(Seq(event.seq()), found);
    }
    scan.last_examined = page.last_examined;
  } while (scan.last_examined);
  return found;
}

}  // namespace

// Some may be dropped meanwhile.
absl::StatusOr<ErasableEvents> FindErasable(storage::EventStore& store,
                                            const ErasureRequest& request,
                                            const std::function<bool()>& cancelled) {
  while (true) {
    const Seq begin = store.Begin();
    absl::StatusOr<ErasableEvents> found = FindOnce(store, request, cancelled);
    if (store.Begin() == begin) return found;
  }
}

}  // namespace daybook::journal
