// How a store drops its oldest segments, and what it answers of them afterwards:
// docs/storage.md, "Retention".

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "storage/manifest.h"
#include "storage/sqlite/sealer.h"
#include "storage/sqlite/sqlite_event_store.h"

namespace daybook::storage::sqlite {
namespace {

constexpr absl::Duration kPrunePatience = absl::Milliseconds(500);

}  // namespace

absl::Status SqliteEventStore::FindBegin() {
  if (options_.retention == nullptr) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const Seq begin, options_.retention->Begin());
  begin_.store(begin.value(), std::memory_order_release);
  table_.Drop(SegmentOf(begin));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, options_.layout.SegmentNumbers());
  for (const uint64_t number : numbers) {
    if (number >= table_.dropped()) break;
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(options_.layout.Segment(number)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint64_t>> SqliteEventStore::KeptSegments() const {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<uint64_t> numbers, options_.layout.SegmentNumbers());
  numbers.erase(numbers.begin(),
                std::lower_bound(numbers.begin(), numbers.end(), table_.dropped()));
  return numbers;
}

absl::Status SqliteEventStore::Prune(Seq begin) {
  const bool fits = begin.value() % SpanEvents(options_.segment_events) == 0 &&
                    begin.value() % options_.segment_events == 0 && begin.value() < Size().value();
  if (!fits) {
    return absl::InvalidArgumentError(
        absl::StrCat("no complete span and no segment ends before event ", begin.value()));
  }
  const uint64_t end = SegmentOf(begin);
  if (end == 0) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(sealer_->WaitUntilSealed(end - 1));
  return sealer_->Do([&](Catalog& catalog) { return DropBelow(end, catalog); });
}

// First nobody finds them any more, then they go.
absl::Status SqliteEventStore::DropBelow(uint64_t end, Catalog& catalog) {
  const uint64_t begin = std::max(Begin().value(), end * options_.segment_events);
  begin_.store(begin, std::memory_order_release);
  table_.Drop(end);
  DAYBOOK_RETURN_IF_ERROR(catalog.Drop(end));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, options_.layout.SegmentNumbers());
  for (const uint64_t number : numbers) {
    if (number >= end) break;
    DAYBOOK_RETURN_IF_ERROR(readers_.WithoutReaders(number, kPrunePatience, [&] {
      return db::sqlite::RemoveDatabase(options_.layout.Segment(number));
    }));
  }
  subjects_->Drop(end);
  requests_->Drop(end);
  return absl::OkStatus();
}

absl::StatusOr<ledger::OpenedLeaf> SqliteEventStore::GetKeptLeaf(Seq seq) {
  std::optional<std::string> bytes;
  if (options_.retention != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(bytes, options_.retention->KeptLeaf(seq));
  }
  if (!bytes) return PrunedError(seq, Begin());
  return ledger::OpenedLeaf{.bytes = *std::move(bytes)};
}

}  // namespace daybook::storage::sqlite
