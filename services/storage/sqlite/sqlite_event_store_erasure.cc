// How fields are taken out of the events of a store: segments are written anew
// without them. docs/storage.md, "Erasing".

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "storage/sqlite/sealer.h"
#include "storage/sqlite/segment_rewrite.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "storage/sqlite/store_errors.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

constexpr absl::Duration kErasePatience = absl::Milliseconds(500);

absl::Status NotNowError(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable, why);
}

// The ranges that lie in first … last, at least in part. They ascend.
std::span<const SeqRange> RangesWithin(std::span<const SeqRange> ranges, Seq first, Seq last) {
  const auto begin = std::partition_point(
      ranges.begin(), ranges.end(), [first](const SeqRange& range) { return range.last < first; });
  const auto end = std::partition_point(
      begin, ranges.end(), [last](const SeqRange& range) { return range.first <= last; });
  return {begin, end};
}

// Puts the file `by` in the place of the one that is written to. The writer goes
// last from that, and with it the journals, which hold what is to be gone. There is
// none where it could not be opened again.
absl::Status ExchangeUnder(std::optional<SegmentWriter>& writer, const std::string& path,
                           const std::string& by) {
  absl::Status exchanged = writer->LeaveJournals();
  writer.reset();
  if (exchanged.ok()) exchanged = db::sqlite::MoveDurably(by, path);
  absl::StatusOr<SegmentWriter> opened = SegmentWriter::Open(path);
  exchanged.Update(opened.status());
  if (opened.ok()) writer.emplace(*std::move(opened));
  return exchanged;
}

}  // namespace

uint64_t SqliteEventStore::CountRewrites(const Erasure& erasure) const {
  uint64_t count = 0;
  uint64_t next = 0;  // the first segment that is not counted
  for (const SeqRange& range : erasure.ranges) {
    const uint64_t first = std::max(next, SegmentOf(range.first));
    const uint64_t end = SegmentOf(range.last) + 1;
    if (end <= first) continue;
    count += end - first;
    next = end;
  }
  return count;
}

absl::Status SqliteEventStore::Erase(const Erasure& erasure,
                                     const std::function<bool()>& cancelled) {
  const MutexLock lock(erase_mutex_);
  if (begun_ != erasure) erased_below_ = 0;
  begun_ = erasure;
  const std::span<const SeqRange> all(erasure.ranges);
  const uint64_t end = all.empty() ? 0 : SegmentOf(all.back().last) + 1;
  while (erased_below_ < end) {
    if (cancelled()) return absl::CancelledError("the service is stopping");
    if (erased_below_ < table_.dropped()) {  // what is dropped holds nothing
      erased_below_ = std::min(end, table_.dropped());
      continue;
    }
    const Seq first(erased_below_ * options_.segment_events);
    const Seq last(first.value() + options_.segment_events - 1);
    const std::span<const SeqRange> ranges = RangesWithin(all, first, last);
    if (!ranges.empty()) {
      const std::string path = options_.layout.Segment(erased_below_);
      DAYBOOK_RETURN_IF_ERROR(EraseIn(erased_below_, {.segment = path,
                                                      .template_db = options_.layout.TemplateDb(),
                                                      .to = path + ".new",
                                                      .ranges = ranges,
                                                      .groups = erasure.groups}));
    }
    ++erased_below_;
  }
  begun_.reset();
  return absl::OkStatus();
}

absl::Status SqliteEventStore::EraseIn(uint64_t segment, SegmentRewrite rewrite) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool was_active, EraseInActive(segment, rewrite));
  if (was_active) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(sealer_->WaitUntilSealed(segment));
  rewrite.is_sealed = true;
  return sealer_->Do([&](Catalog& catalog) { return EraseInSealed(segment, rewrite, catalog); });
}

bool SqliteEventStore::IsActive(uint64_t segment) {
  const MutexLock lock(append_mutex_);
  return segment == active_;
}

// Nearly all rows are copied while others are appended.
absl::StatusOr<bool> SqliteEventStore::EraseInActive(uint64_t segment,
                                                     const SegmentRewrite& rewrite) {
  if (!IsActive(segment)) return false;
  DAYBOOK_ASSIGN_OR_RETURN(const bool holds, HoldsErasable(rewrite));
  if (holds) DAYBOOK_RETURN_IF_ERROR(BeginErased(rewrite));
  const MutexLock lock(append_mutex_);
  if (!is_open_ || segment != active_) {
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(rewrite.to));
    if (is_open_) return false;  // it is full by now
    return NotNowError("the end of the log is in doubt until the next event is recorded");
  }
  if (holds) {
    DAYBOOK_RETURN_IF_ERROR(FinishErased(rewrite));
    DAYBOOK_RETURN_IF_ERROR(ReplaceActive(segment, rewrite.to));
  }
  // Also where an earlier attempt came as far as that.
  DAYBOOK_RETURN_IF_ERROR(ReadActiveAgain(segment));
  return true;
}

absl::Status SqliteEventStore::ReplaceActive(uint64_t segment, const std::string& by) {
  const std::string path = options_.layout.Segment(segment);
  std::optional<SegmentWriter> writer = std::move(writer_);
  writer_.reset();
  absl::Status replaced = readers_.WithoutReaders(segment, kErasePatience,
                                                  [&] { return ExchangeUnder(writer, path, by); });
  is_open_ = writer.has_value();
  if (writer) writer_.emplace(*std::move(writer));
  if (!replaced.ok()) db::sqlite::RemoveDatabase(by).IgnoreError();
  return replaced;
}

absl::Status SqliteEventStore::ReadActiveAgain(uint64_t segment) {
  const auto postings =
      std::make_shared<Postings>(Seq(segment * options_.segment_events), options_.segment_events);
  RequestIndex requests;
  DAYBOOK_RETURN_IF_ERROR(readers_.With(segment, [&](SegmentReader& reader) {
    return reader.VisitLookups(postings->first(), [&](const Event& event) {
      postings->Add(event, MicrosOf(event.created_at()));
      const auto key = RequestKeyOf(event.producer(), event.request_id());
      if (key) requests.Add(*key, Seq(event.seq()));
      return absl::OkStatus();
    });
  }));
  const uint64_t expected = Size().value() - postings->first().value();
  if (postings->size() != expected) {
    return MissingEventError(Seq(postings->first().value() + postings->size()));
  }
  table_.Replace(segment, postings, std::move(requests));
  return absl::OkStatus();
}

// Zone and filters are written also where no field is left: an earlier attempt may
// have ended between the two.
absl::Status SqliteEventStore::EraseInSealed(uint64_t segment, SegmentRewrite rewrite,
                                             Catalog& catalog) {
  const std::shared_ptr<const Zone> known = table_.Find(segment).sealed;
  if (known == nullptr) return NotNowError("the segment is not sealed yet");
  DAYBOOK_ASSIGN_OR_RETURN(const bool holds, HoldsErasable(rewrite));
  if (holds) {
    DAYBOOK_RETURN_IF_ERROR(BeginErased(rewrite));
    DAYBOOK_RETURN_IF_ERROR(FinishErased(rewrite));
    absl::Status replaced = readers_.WithoutReaders(segment, kErasePatience, [&] {
      return db::sqlite::MoveDurably(rewrite.to, rewrite.segment);
    });
    if (!replaced.ok()) {
      db::sqlite::RemoveDatabase(rewrite.to).IgnoreError();
      return replaced;
    }
  }
  Zone zone = *known;
  SegmentTable::Full full;
  DAYBOOK_RETURN_IF_ERROR(readers_.With(segment, [&](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(full, ReadFull(reader, zone.first_seq, options_.segment_events));
    return absl::OkStatus();
  }));
  ++zone.generation;
  zone.counts = full.postings->ToZone().counts;
  DAYBOOK_ASSIGN_OR_RETURN(zone.bytes, db::sqlite::FileSize(rewrite.segment));
  AddToFilters(zone, full, *subjects_, *requests_);
  DAYBOOK_RETURN_IF_ERROR(subjects_->Sync(segment));
  DAYBOOK_RETURN_IF_ERROR(requests_->Sync(segment));
  DAYBOOK_RETURN_IF_ERROR(catalog.Put(zone));
  table_.Replace(std::move(zone));
  return absl::OkStatus();
}

}  // namespace daybook::storage::sqlite
