#pragma once

#include <cstdint>
#include <vector>

#include "storage/event_store.h"
#include "storage/scan_cursor.h"
#include "storage/sqlite/lookup_key.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/segment_filters.h"
#include "storage/sqlite/segment_table.h"

namespace daybook::storage::sqlite {

// One scan over the segments: memory leads it past those that cannot match and
// to the events of those that are not sealed, an index to the others.
//
// Thread-compatible.
class SegmentScan {
 public:
  // All must outlive it, and the request too.
  struct Collaborators {
    uint64_t segment_events;
    const SegmentTable& table;
    ReaderPool& readers;
    const SegmentFilters& subjects;
  };

  SegmentScan(const Collaborators& collaborators, const ScanRequest& request, Seq begin,
              LogSize as_of);

  // Once. CANCELLED where the request says so between two steps.
  absl::StatusOr<ScanResult> Run();

 private:
  // One step: what its segment has to say about the next seqs.
  absl::Status ScanSome();
  absl::Status ScanSegment(uint64_t segment, const SegmentTable::View& view);
  bool MayHold(const Zone& zone) const;
  absl::Status ScanByPostings(const Postings& postings);
  absl::Status ScanFile(SegmentReader& reader);
  void Keep(std::vector<audit::v1::Event> found);
  // Notes a step, where that is asked for.
  void Explain(const ScanPlan::Segment& step);
  size_t room() const { return request_.limit - result_.events.size(); }

  const Collaborators with_;
  const ScanRequest& request_;
  const std::vector<KeyTerm> keys_;
  ScanCursor cursor_;
  ScanResult result_;
};

}  // namespace daybook::storage::sqlite
