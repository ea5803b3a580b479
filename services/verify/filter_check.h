#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "storage/sqlite/filter_bits.h"
#include "storage/sqlite/filter_format.h"
#include "verify/advance.h"
#include "verify/findings.h"
#include "verify/row_check.h"
#include "verify/store_facts.h"

namespace daybook::verify {

// Looks whether the files of filters are such. What one denies, SegmentRows holds against
// the rows.
//
// UNAVAILABLE, or another error  one cannot be opened
absl::Status CheckFilterFiles(const StoreFacts& facts, Findings& findings);

// The filters of one sealed segment, held against its rows: queries do not look into a
// segment of which its filter denies what they ask for. What a filter has and the rows have
// not costs time only, and what it has not been told of it does not deny.
//
// Thread-compatible.
class FilterCheck {
 public:
  // `facts` must outlive it. Errors as of CheckFilterFiles.
  static absl::StatusOr<FilterCheck> Of(const StoreFacts& facts, uint64_t segment);

  // Takes a row.
  void Add(const RowCheck& row);

  // Compares with the files; all rows have been added. Names the first event that a filter
  // denies, but for those of which `findings` say that they are not what was recorded.
  absl::Status Compare(const Advance& advance, Findings& findings);

 private:
  struct Filter {
    const storage::sqlite::FilterKind* kind = nullptr;
    storage::sqlite::FilterBits rows;    // what the rows need
    std::vector<uint64_t> waiting = {};  // keys of the latest of them
    bool is_needed = false;              // there is any
  };

  FilterCheck(const StoreFacts& facts, uint64_t segment) : facts_(&facts), segment_(segment) {}
  static void Empty(Filter& filter);
  absl::StatusOr<std::optional<storage::sqlite::FilterBits>> ReadFile(
      const storage::sqlite::FilterKind& kind, const Advance& advance, Findings& findings) const;
  absl::Status FindDenied(const storage::sqlite::FilterKind& kind, const Advance& advance,
                          Findings& findings) const;

  const StoreFacts* facts_;
  uint64_t segment_;
  std::vector<Filter> filters_;  // those that deny anything
};

}  // namespace daybook::verify
