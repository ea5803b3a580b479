#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/ids.h"
#include "ledger/hash.h"

namespace daybook::ledger {

// That a log holds an entry, for one who asks nobody: C2SP tlog-proof, version 1.
struct TlogProof {
  std::string extra = {};  // signed by nobody
  Seq index{0};
  std::vector<Hash> hashes = {};  // the inclusion proof
  std::string checkpoint = {};    // the signed note

  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

std::string FormatTlogProof(const TlogProof& proof);

// INVALID_ARGUMENT where it is none. The checkpoint is not looked at.
absl::StatusOr<TlogProof> ParseTlogProof(absl::string_view bytes);

}  // namespace daybook::ledger
