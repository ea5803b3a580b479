#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::verify {

// What can be wrong with a store. docs/verification.md lists them; their names are
// stable.
enum class Fault {
  kSegmentMissing,
  kRowMissing,
  kRowUnexpected,
  kLogCutShort,
  kLeafVersion,
  kColumnType,
  kEmptyText,
  kSaltInvalid,
  kRedactionInvalid,
  kLeafTooLong,
  kLeafMismatch,
  kTimeDecreases,
  kUndeclaredErasure,
  kErasureForbidden,
  kErasureIncomplete,
  kUndeclaredPruning,
  kKeptLeafMismatch,
  kKeptLeafMissing,
  kTileMismatch,
  kTileMissing,
  kTileUnexpected,
  kSubtreeMismatch,
  kSubtreeMissing,
  kSubtreeUnexpected,
  kEdgeMismatch,
  kRootMismatch,
  kCheckpointMalformed,
  kSignatureInvalid,
  kKeyMismatch,
  kIndexMismatch,
  kCatalogMismatch,
  kFilterMismatch,
  kTotalsMismatch,
  kManifestMismatch,
  kLogBeginInvalid,
  kKeptTileMismatch,
  kKeptTileMissing,
  kSchemaChanged,
  kFileDamaged,
};

// "SEGMENT_MISSING".
absl::string_view NameOf(Fault fault);

// What it means, and what to do about it: a sentence each.
absl::string_view MeaningOf(Fault fault);
absl::string_view AdviceFor(Fault fault);

// One thing that is wrong.
struct Finding {
  Fault fault = Fault::kFileDamaged;
  // The events concerned, both inclusive; none where it is about no event. What
  // cannot be told apart more closely is a range.
  std::optional<uint64_t> first_seq = {};
  std::optional<uint64_t> last_seq = {};
  std::string what = {};  // which differs: a file, a column, an index
};

}  // namespace daybook::verify
