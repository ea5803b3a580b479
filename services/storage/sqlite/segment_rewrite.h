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
  std::string segment;      // the file
  std::string template_db;  // what the new file is a copy of
  std::string to;           // where the new file goes
  bool is_sealed = false;   // and so is the new file
  std::span<const SeqRange> ranges;
  std::span<const ledger::Group> groups;
};

// Writes the new file, in two steps. What an earlier attempt left there is
// replaced. On an error there is nothing. DATA_LOSS where the leaf of an event would
// change.
//
// Begins it with the rows that there are; others may come meanwhile.
absl::Status BeginErased(const SegmentRewrite& rewrite);
// Adds the rows that came since, and the tiles: one plain file without journals,
// which holds all that the old one does. Nobody changes that one meanwhile.
absl::Status FinishErased(const SegmentRewrite& rewrite);

// Whether one of those events still has one of those fields.
absl::StatusOr<bool> HoldsErasable(const SegmentRewrite& rewrite);

}  // namespace daybook::storage::sqlite
