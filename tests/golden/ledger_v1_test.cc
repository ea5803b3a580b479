#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"

#include "golden/golden_file.h"
#include "google/protobuf/util/json_util.h"
#include "ledger/checkpoint.h"
#include "ledger/compact_range.h"
#include "ledger/entry_bundle.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/tile_path.h"
#include "ledger/tlog_proof.h"
#include "support/naive_tree.h"
#include "support/status_matchers.h"
#include "vectors.pb.h"

namespace daybook::golden {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::ledger::SigningKey;
using ::daybook::ledger::TreeHead;
using ::daybook::testing::IsOk;
using ::daybook::testing::NodesOver;
using ::daybook::testing::NumberedLeaves;

LedgerVectors ReadLedgerVectors() {
  LedgerVectors vectors;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(ReadGolden("ledger_v1.json"), &vectors);
  EXPECT_TRUE(parsed.ok()) << parsed.ToString();
  return vectors;
}

std::string Joined(const std::vector<Hash>& hashes) {
  std::string hex;
  for (const Hash& hash : hashes) hex += ledger::ToHex(hash);
  return hex;
}

TreeHead HeadOf(uint64_t size) {
  ledger::CompactRange range;
  for (const Hash& leaf : NumberedLeaves(0, size)) range.Add(leaf);
  return {.size = LogSize(size), .root = range.Root()};
}

std::map<std::string, SigningKey> Keys(const LedgerVectors& vectors) {
  std::map<std::string, SigningKey> keys;
  for (const KeyVector& vector : vectors.keys()) {
    absl::StatusOr<SigningKey> key = SigningKey::Parse(vector.secret());
    EXPECT_THAT(key, IsOk());
    if (key.ok()) keys.emplace(vector.name(), *std::move(key));
  }
  return keys;
}

TEST(LedgerV1Golden, TreesHaveTheRootsWritten) {
  const LedgerVectors vectors = ReadLedgerVectors();
  EXPECT_EQ(vectors.roots_size(), 10);
  for (const RootVector& vector : vectors.roots()) {
    EXPECT_EQ(ledger::ToHex(HeadOf(vector.size()).root), vector.root()) << vector.size();
  }
}

TEST(LedgerV1Golden, ProofsAreTheOnesWrittenAndVerify) {
  const LedgerVectors vectors = ReadLedgerVectors();
  const std::vector<Hash> leaves = NumberedLeaves(0, 17);
  const auto read = [&](std::span<const ledger::Node> nodes) -> absl::StatusOr<std::vector<Hash>> {
    return NodesOver(leaves, nodes);
  };
  EXPECT_EQ(vectors.inclusions_size(), 17 * 18 / 2);
  for (const InclusionVector& vector : vectors.inclusions()) {
    const LogSize size(vector.size());
    const auto proof = ledger::ProveInclusion(Seq(vector.seq()), size, read).value();
    EXPECT_EQ(Joined(proof), vector.proof()) << vector.seq() << " of " << vector.size();
    EXPECT_THAT(ledger::VerifyInclusion(leaves[vector.seq()], Seq(vector.seq()), size, proof,
                                        HeadOf(vector.size()).root),
                IsOk());
  }
  EXPECT_EQ(vectors.consistencies_size(), 17 * 18 / 2);
  for (const ConsistencyVector& vector : vectors.consistencies()) {
    const auto proof =
        ledger::ProveConsistency(LogSize(vector.from()), LogSize(vector.to()), read).value();
    EXPECT_EQ(Joined(proof), vector.proof()) << vector.from() << " to " << vector.to();
    EXPECT_THAT(ledger::VerifyConsistency(HeadOf(vector.from()), HeadOf(vector.to()), proof),
                IsOk());
  }
}

TEST(LedgerV1Golden, KeysAreThoseOfTheirSeeds) {
  const LedgerVectors vectors = ReadLedgerVectors();
  EXPECT_EQ(vectors.keys_size(), 3);
  for (const KeyVector& vector : vectors.keys()) {
    const auto read = SigningKey::Parse(vector.secret());
    ASSERT_THAT(read, IsOk());
    ledger::Ed25519Seed seed;
    const std::string bytes = absl::HexStringToBytes(vector.seed());
    ASSERT_EQ(bytes.size(), seed.size());
    std::copy(bytes.begin(), bytes.end(), seed.begin());
    const SigningKey key(read->verifier().name(), static_cast<ledger::KeyType>(vector.kind()),
                         seed);
    EXPECT_EQ(key.verifier().ToString(), vector.verifier());
    EXPECT_EQ(key.ToString(), vector.secret());
    EXPECT_EQ(ledger::VerifierKey::Parse(vector.verifier())->ToString(), vector.verifier());
  }
}

TEST(LedgerV1Golden, NotesAreSignedAsWritten) {
  const LedgerVectors vectors = ReadLedgerVectors();
  const auto keys = Keys(vectors);
  const absl::Time now = absl::FromUnixSeconds(vectors.seconds());
  EXPECT_EQ(vectors.notes_size(), 4);
  for (const NoteVector& vector : vectors.notes()) {
    const ledger::Checkpoint checkpoint = ledger::ParseCheckpoint(vector.text()).value();
    EXPECT_EQ(checkpoint.head, HeadOf(checkpoint.head.size.value()));
    EXPECT_EQ(ledger::FormatCheckpoint(checkpoint), vector.text());
    ledger::Note note{.text = vector.text(), .signatures = {}};
    std::vector<ledger::VerifierKey> known;
    for (const std::string& signer : vector.signers()) {
      note.signatures.push_back(keys.at(signer).Sign(note.text, now));
      known.push_back(keys.at(signer).verifier());
    }
    EXPECT_EQ(ledger::FormatNote(note), vector.note());
    EXPECT_EQ(ledger::ParseNote(vector.note()).value(), note);
    EXPECT_EQ(ledger::VerifyNote(note, known)->size(), known.size());
  }
}

TEST(LedgerV1Golden, AProofForOneWhoAsksNobodyVerifies) {
  const LedgerVectors vectors = ReadLedgerVectors();
  const auto keys = Keys(vectors);
  ASSERT_EQ(vectors.tlog_proofs_size(), 1);
  const TlogProofVector& vector = vectors.tlog_proofs(0);

  const ledger::TlogProof proof = ledger::ParseTlogProof(vector.proof()).value();

  EXPECT_EQ(ledger::FormatTlogProof(proof), vector.proof());
  const ledger::Note note = ledger::ParseNote(proof.checkpoint).value();
  EXPECT_THAT(ledger::VerifyNote(note, {&keys.at("log").verifier(), 1}), IsOk());
  const TreeHead head = ledger::ParseCheckpoint(note.text)->head;
  EXPECT_EQ(head.size, LogSize(vector.size()));
  EXPECT_THAT(ledger::VerifyInclusion(NumberedLeaves(vector.index(), vector.index() + 1).front(),
                                      Seq(vector.index()), head.size, proof.hashes, head.root),
              IsOk());
}

TEST(LedgerV1Golden, TilesAndBundlesAreWrittenAsTheyAreRead) {
  const LedgerVectors vectors = ReadLedgerVectors();
  EXPECT_EQ(vectors.tiles_size(), 8);
  for (const TileVector& vector : vectors.tiles()) {
    const std::optional<uint32_t> level =
        vector.level() < 0 ? std::nullopt : std::optional(static_cast<uint32_t>(vector.level()));
    const ledger::TilePath path{.level = level, .number = vector.number(), .width = vector.width()};
    EXPECT_EQ(ledger::FormatTilePath(path), vector.path());
    EXPECT_EQ(ledger::ParseTilePath(vector.path()), path);
  }
  EXPECT_EQ(vectors.bundles_size(), 3);
  for (const BundleVector& vector : vectors.bundles()) {
    std::string bundle;
    for (const std::string& entry : vector.entries()) {
      ledger::AppendEntry(absl::HexStringToBytes(entry), bundle);
    }
    EXPECT_EQ(absl::BytesToHexString(bundle), vector.bundle());
    EXPECT_EQ(ledger::ParseEntryBundle(bundle)->size(), static_cast<size_t>(vector.entries_size()));
  }
}

}  // namespace
}  // namespace daybook::golden
