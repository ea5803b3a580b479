#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "ledger/leaf.h"
#include "storage/erasure.h"

namespace daybook::storage::sqlite {

// A segment that is to be written anew without the fields of `groups` in the
// events of `ranges`.
struct SegmentRewrite {
  std::string segment;      // the file; nobody changes it meanwhile
  std::string template_db;  // what the new file is a copy of
  std::string to;           // where the new file goes
  bool is_sealed = false;   // and so is the new file
  std::span<const SeqRange> ranges;
  std::span<const ledger::Group> groups;
};

// Writes the new file: one plain file without journals, which holds every row and
// every tile of the old one. What an earlier attempt left there is replaced. On an
// error there is nothing. DATA_LOSS where the leaf of an event would change.
absl::Status WriteErased(const SegmentRewrite& rewrite);

// Whether one of those events still has one of those fields.
absl::StatusOr<bool> HoldsErasable(const SegmentRewrite& rewrite);

}  // namespace daybook::storage::sqlite
