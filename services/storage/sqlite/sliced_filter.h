#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "storage/sqlite/filter_format.h"

namespace daybook::storage::sqlite {

// Bloom filters of 64 neighbouring segments, laid out across: bit b of word w
// says whether segment b has the bit w set. One probe of a few words so asks all
// 64 segments at once, and costs the same whether the log is young or old.
//
// It lies in a file that is mapped, and so takes page cache rather than memory.
// Everything in it can be computed again from the segments: a file that is
// missing, or does not fit, is begun anew, and says of all segments "may have"
// until they have been added again.
//
// One thread adds; any may probe meanwhile.
class SlicedFilter {
 public:
  static constexpr uint64_t kSegments = kFilterSegments;

  // Of what each segment holds today.
  using Tags = FilterTags;

  struct Options {
    std::string path;
    uint64_t words = 0;  // how many bits the filter of a segment has: a power of two
    // Tells this boot of the machine from every other: what had not been synced
    // when the machine went down is not trusted afterwards.
    std::string boot;
    Tags tags{};  // what was added under another tag is not trusted either
  };
  static absl::StatusOr<std::unique_ptr<SlicedFilter>> Open(const Options& options);
  ~SlicedFilter();
  SlicedFilter(const SlicedFilter&) = delete;
  SlicedFilter& operator=(const SlicedFilter&) = delete;

  // The segments (bit b for segment b) that may have `key`; those that have not
  // been added may have anything.
  uint64_t MayHave(uint64_t key) const;

  // Adds all the keys of a segment whose content has that tag. What was added
  // under another tag is taken out first.
  void Add(uint64_t segment, uint64_t tag, const std::vector<uint64_t>& keys);

  // The segments that have been added.
  uint64_t added() const;

  // Makes what was added outlast the machine.
  absl::Status Sync();

 private:
  void Trust(const Options& options);
  void TakeOut(uint64_t segment);
  SlicedFilter(void* mapping, size_t bytes, uint64_t words);

  void* const mapping_;
  const size_t bytes_;
  const uint64_t words_;
  FilterHeader& header_;
  uint64_t* const slices_;
  std::atomic<uint64_t> changes_ = 0;  // odd while something is taken out
};

// What tells this boot of the machine from every other; nothing known is "".
std::string BootId();

}  // namespace daybook::storage::sqlite
