#include "storage/event_store.h"

#include "absl/strings/str_cat.h"

#include "core/errors.h"

namespace daybook::storage {

absl::Status EventNotFoundError(Seq seq, LogSize size) {
  return ErrorWithReason(
      absl::StatusCode::kNotFound, Reason::kEventNotFound,
      absl::StrCat("there is no event ", seq.value(), ": the log holds ", size.value(), " events"));
}

absl::Status PrunedError(Seq seq, Seq begin) {
  return ErrorWithReason(
      absl::StatusCode::kNotFound, Reason::kPruned,
      absl::StrCat("event ", seq.value(), " is dropped: the log keeps those from ", begin.value(),
                   " on"));
}

absl::Status CheckComplete(std::span<const ledger::Node> nodes, LogSize size) {
  for (const ledger::Node& node : nodes) {
    const uint64_t complete = node.height < 64 ? size.value() >> node.height : 0;
    if (node.index < complete) continue;
    return absl::OutOfRangeError(absl::StrCat("a log of ", size.value(), " events has no subtree ",
                                              node.index, " of height ", node.height, " yet"));
  }
  return absl::OkStatus();
}

}  // namespace daybook::storage
