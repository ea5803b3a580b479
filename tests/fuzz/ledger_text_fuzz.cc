#include <cstdlib>
#include <string>

#include "fuzz_target.h"
#include "ledger/checkpoint.h"
#include "ledger/entry_bundle.h"
#include "ledger/note.h"
#include "ledger/tile_path.h"
#include "ledger/tlog_proof.h"

namespace {

namespace ledger = ::daybook::ledger;

void Demand(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// What is read is written again as it was: no text has two forms.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto note = ledger::ParseNote(text); note.ok()) {
    Demand(ledger::FormatNote(*note) == text);
    const ledger::SigningKey key("fuzz", ledger::KeyType::kLog, {});
    Demand(!ledger::VerifyNote(*note, {&key.verifier(), 1}).ok());
  }
  if (const auto checkpoint = ledger::ParseCheckpoint(text); checkpoint.ok()) {
    Demand(ledger::FormatCheckpoint(*checkpoint) == text);
  }
  if (const auto proof = ledger::ParseTlogProof(text); proof.ok()) {
    Demand(ledger::FormatTlogProof(*proof) == text);
  }
  if (const auto key = ledger::VerifierKey::Parse(text); key.ok()) {
    Demand(key->ToString() == text);
  }
  if (const auto key = ledger::SigningKey::Parse(text); key.ok()) Demand(key->ToString() == text);
  if (const auto path = ledger::ParseTilePath(text)) Demand(ledger::FormatTilePath(*path) == text);
  if (const auto entries = ledger::ParseEntryBundle(text)) {
    std::string bundle;
    for (const absl::string_view entry : *entries) ledger::AppendEntry(entry, bundle);
    Demand(bundle == text);
  }
  return 0;
}
