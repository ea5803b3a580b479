#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "core/timestamp.h"
#include "db/sqlite/store_header.h"
#include "db/sqlite/store_layout.h"
#include "ledger/checkpoint.h"
#include "ledger/note_key.h"
#include "storage/manifest_store.h"
#include "verify/advance.h"
#include "verify/file_schema.h"
#include "verify/findings.h"
#include "verify/kept_records.h"
#include "verify/key_chain.h"
#include "verify/key_events.h"

namespace daybook::verify {

// A checkpoint that a store is held against.
struct SignedHead {
  ledger::TreeHead head = {};
  std::string origin = {};
  std::optional<Micros> signed_at = {};  // as ledger.db says; nobody signs that
  std::string name = {};                 // for people: where it is from
  std::string note = {};                 // where nobody has looked at its signature yet
  bool is_outside = false;               // ledger.db does not vouch for it
};

// What ledger.db keeps of the tree, and what of it is as it must be by itself.
struct LedgerRecords {
  std::vector<SignedHead> heads;  // by size; those that are damaged or forged are not in it
  uint64_t checkpoints = 0;       // how many there are
  uint64_t largest = 0;           // the largest size that a row of checkpoints names
  std::map<uint64_t, ledger::Hash> subtrees;
  std::map<uint64_t, storage::StoredManifest> manifests;  // by span
  // The leaves behind the last complete tile of a log of `edge_size`.
  uint64_t edge_size = 0;
  std::vector<ledger::Hash> edge;
  // The keys that the log has signed with, and which checkpoints those may sign that
  // follow from the given ones.
  std::vector<KeyRow> keys;
  KeyChain chain;
  KeptRecords kept;  // of events that are dropped

  // With no `keys`, signatures are not checked; there may be very many, so `advance` is
  // told of them. `outside` is a checkpoint that was kept elsewhere; it is judged with the
  // chain, by whoever uses it.
  static absl::StatusOr<LedgerRecords> Read(const db::sqlite::StoreLayout& layout,
                                            const db::sqlite::StoreHeader& header,
                                            const StoreSchema& schema,
                                            std::span<const ledger::VerifierKey> keys,
                                            const std::optional<SignedHead>& outside,
                                            const Advance& advance, Findings& findings);
};

}  // namespace daybook::verify
