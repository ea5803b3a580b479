#pragma once

#include <cstdint>
#include <vector>

#include "storage/event_store.h"
#include "storage/scan_cursor.h"
#include "storage/sqlite/lookup_key.h"
#include "storage/sqlite/segments.h"

namespace daybook::storage::sqlite {

// One scan over the segments: memory leads it past those that cannot match and
// to the events of those that are not sealed, an index to the others.
//
// Thread-compatible.
class SegmentScan {
 public:
  // `request` must outlive it.
  SegmentScan(const Segments& segments, const ScanRequest& request, Seq begin, LogSize as_of);

  // Once. CANCELLED where the request says so between two steps.
  absl::StatusOr<ScanResult> Run();

 private:
  // One step: what its segment has to say about the next seqs.
  absl::Status ScanSome();
  absl::Status ScanSegment(uint64_t segment, const SegmentTable::View& view);
  absl::Status ScanByPostings(const Postings& postings);
  absl::Status ScanFile(SegmentReader& reader);
  void Keep(std::vector<audit::v1::Event> found);
  // Notes a step, where that is asked for.
  void Explain(const ScanPlan::Segment& step);
  size_t room() const { return request_.limit - result_.events.size(); }

  const Segments with_;
  const ScanRequest& request_;
  const std::vector<KeyTerm> keys_;
  ScanCursor cursor_;
  ScanResult result_;
};

}  // namespace daybook::storage::sqlite
