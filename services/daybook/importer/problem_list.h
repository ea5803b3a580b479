#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daybook/importer/row_mapper.h"

namespace daybook::cli::importer {

// What is wrong with the rows of a table, told by kind: a table has millions of
// rows and few kinds of mistakes.
//
// Thread-compatible.
class ProblemList {
 public:
  // The most ids that are kept of a kind.
  static constexpr size_t kSampleIds = 10;

  struct Kind {
    std::string column;
    std::string description;
    uint64_t rows = 0;
    std::vector<int64_t> first_ids;
  };

  void Add(int64_t row, const std::vector<Problem>& problems);

  // In the order in which they were met.
  const std::vector<Kind>& kinds() const { return kinds_; }

  // How many rows have any.
  uint64_t rows() const { return rows_; }

 private:
  Kind& KindOf(const Problem& problem);

  std::vector<Kind> kinds_;
  uint64_t rows_ = 0;
};

}  // namespace daybook::cli::importer
