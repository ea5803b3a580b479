#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/importer/row_mapper.h"
#include "daybook/importer/source_row.h"

namespace daybook::cli::importer {

// The file of rows that were set aside, for people to mend and to keep: a line a
// row, `{"id":17,"problems":[{"column":…,"problem":…}],"row":{…}}`. What JSON
// cannot hold as text stands as {"base64":"…"}.
//
// Thread-compatible.
class SkippedRows {
 public:
  // Begins to write beside `path`. FAILED_PRECONDITION where it cannot.
  static absl::StatusOr<SkippedRows> Begin(const std::string& path);

  void Add(const SourceRow& row, const std::vector<Problem>& problems);

  // Puts the file in its place, whole. A file that is there already is replaced
  // only where it is the beginning of this one, as an earlier run leaves it;
  // else FAILED_PRECONDITION.
  absl::Status Finish();

  bool Contains(int64_t row) const { return ids_.contains(row); }
  size_t size() const { return ids_.size(); }
  const std::string& path() const { return path_; }

 private:
  explicit SkippedRows(const std::string& path);
  absl::Status WriteError() const;
  std::string unfinished() const { return path_ + ".new"; }

  std::string path_;
  std::ofstream file_;
  absl::flat_hash_set<int64_t> ids_;
};

// The line of a row, without its end.
std::string LineOf(const SourceRow& row, const std::vector<Problem>& problems);

}  // namespace daybook::cli::importer
