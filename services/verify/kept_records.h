#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "db/sqlite/connection.h"
#include "ledger/hash.h"
#include "verify/findings.h"

namespace daybook::verify {

// The leaf of an event of the service that is dropped, and what it says.
struct KeptLeaf {
  ledger::Hash hash = {};
  std::string action = {};  // empty where it is none that the service leaves
  std::string public_details = {};
};

// Reads the bytes of one.
KeptLeaf ParseKeptLeaf(absl::string_view bytes);

// What ledger.db says of events that are dropped, as it stands there; nobody vouches for
// any of it yet.
struct KeptRecords {
  // Where the log begins; negative where it says so in another way than it can.
  int64_t begin = 0;
  std::map<uint64_t, KeptLeaf> leaves = {};  // by seq
  std::set<uint64_t> blocks = {};            // of 2^16 events, of which tiles are kept

  // DATA_LOSS where there are no such tables.
  static absl::StatusOr<KeptRecords> Read(db::sqlite::Connection& ledger, Findings& findings);
};

}  // namespace daybook::verify
