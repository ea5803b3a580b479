#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/descriptor.h"
#include "storage/sqlite/filter_bits.h"
#include "storage/sqlite/filter_format.h"

namespace daybook::storage::sqlite {

// Reads a file of filters that a service may be writing to, and changes nothing in
// it. It is not mapped: what the disk does not give, and what is cut off meanwhile, is
// an error and not the end of the process.
//
// Thread-compatible.
class FilterReader {
 public:
  struct Options {
    std::string path = {};
    uint64_t words = 0;  // as FilterWords() has it
    // This boot of the machine, and whether a service has the file in use: what was
    // added and not synced counts for whom can know that it is there.
    std::string boot = {};
    bool is_served = false;
  };

  // Errors:
  //   NOT_FOUND  there is none, or nothing in it: it denies nothing
  //   DATA_LOSS  it is no file of such filters, or the disk does not give it
  static absl::StatusOr<FilterReader> Open(Options options);

  // Whether it denies anything of the segment, the place of which in the file this is.
  absl::StatusOr<bool> IsAbout(uint64_t segment) const;

  // The filter of that segment. Nothing where it denies nothing of it, or its content is being
  // exchanged. `go_on` is called now and then; its error ends the reading.
  absl::StatusOr<std::optional<FilterBits>> Read(uint64_t segment,
                                                 const std::function<absl::Status()>& go_on) const;

 private:
  FilterReader(Options options, db::sqlite::Descriptor file)
      : options_(std::move(options)), file_(std::move(file)) {}
  absl::StatusOr<FilterHeader> ReadHeader() const;
  uint64_t SegmentsIn(const FilterHeader& header) const;

  Options options_;
  db::sqlite::Descriptor file_;
};

}  // namespace daybook::storage::sqlite
