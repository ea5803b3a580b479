#pragma once

#include <algorithm>

#include "absl/status/status.h"

#include "core/status_macros.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/tlog_proof.h"

namespace daybook::testing {

// Checks what a receipt proves, as one would who has only it and the log's key.
inline absl::Status CheckOffline(const audit::v1::Receipt& receipt,
                                 const ledger::VerifierKey& key) {
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::TlogProof proof, ledger::ParseTlogProof(receipt.proof()));
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::Note note, ledger::ParseNote(proof.checkpoint));
  DAYBOOK_RETURN_IF_ERROR(ledger::VerifyNote(note, {&key, 1}).status());
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, ledger::ParseCheckpoint(note.text));
  if (proof.index != Seq(receipt.seq())) return absl::InvalidArgumentError("of another event");
  ledger::Hash leaf = {};
  std::copy(receipt.leaf_hash().begin(), receipt.leaf_hash().end(), leaf.begin());
  return ledger::VerifyInclusion(leaf, proof.index, checkpoint.head.size, proof.hashes,
                                 checkpoint.head.root);
}

}  // namespace daybook::testing
