#include "storage/sqlite/segment_list.h"

#include <utility>

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "storage/sqlite/segment_seal.h"

namespace daybook::storage::sqlite {
namespace {

// 0 where there is none: journals come and go meanwhile.
uint64_t SizeIfThere(const std::string& path) { return db::sqlite::FileSize(path).value_or(0); }

absl::StatusOr<SegmentInfo> Inspect(const std::string& path, uint64_t number,
                                    uint64_t segment_events) {
  SegmentInfo info{.number = number, .ends = {}};
  {
    DAYBOOK_ASSIGN_OR_RETURN(SegmentReader reader, SegmentReader::Open(path));
    DAYBOOK_ASSIGN_OR_RETURN(info.ends, reader.ReadEnds());
  }
  const uint64_t end = (number + 1) * segment_events;
  const bool is_full = info.ends.last && info.ends.last->seq.value() + 1 == end;
  if (is_full) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool is_sealed, IsSealed(path));
    info.state = is_sealed ? SegmentState::kSealed : SegmentState::kFull;
  }
  info.bytes = SizeIfThere(path) + SizeIfThere(path + "-wal") + SizeIfThere(path + "-journal");
  return info;
}

}  // namespace

std::string NameOf(SegmentState state) {
  switch (state) {
    case SegmentState::kActive:
      return "active";
    case SegmentState::kFull:
      return "full";
    case SegmentState::kSealed:
      return "sealed";
  }
  return "";
}

absl::StatusOr<std::vector<SegmentInfo>> ListSegments(const db::sqlite::StoreLayout& layout,
                                                      uint64_t segment_events) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, layout.SegmentNumbers());
  std::vector<SegmentInfo> segments;
  for (const uint64_t number : numbers) {
    absl::StatusOr<SegmentInfo> info = Inspect(layout.Segment(number), number, segment_events);
    if (absl::IsNotFound(info.status())) continue;  // dropped meanwhile
    if (!info.ok()) return std::move(info).status();
    segments.push_back(*std::move(info));
  }
  return segments;
}

}  // namespace daybook::storage::sqlite
