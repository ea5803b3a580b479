// Stands in for what the ledger costs while events are recorded: salts, leaves,
// hashes, tiles, and so checkpoints. Linked before the ledger's library it takes
// the place of those parts, in a daemon that only the benchmarks build. It logs
// once that it cannot sign, since there are no tiles.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ledger/leaf.h"
#include "ledger/salt.h"
#include "ledger/tile_edge.h"

namespace daybook::ledger {

std::vector<Salt> DrawSalts(size_t count) { return std::vector<Salt>(count); }
Salt DrawSalt() { return {}; }

bool NeedsSalt(const audit::v1::Event& /*event*/) { return false; }
LeafDraft::LeafDraft(const audit::v1::Event& /*event*/, const Salt& /*salt*/) {}
// NOLINTNEXTLINE(readability-convert-member-functions-to-static): as leaf.h declares it
Hash LeafDraft::HashAt(Micros /*created_at*/) const { return {}; }
Hash LeafHashOf(const audit::v1::Event& /*stored*/, const Salt& /*salt*/) { return {}; }

TilePart PartFor(const Node& /*node*/) { return {}; }
Hash RootOf(std::span<const Hash> /*hashes*/) { return {}; }
Seq LastLeafOf(uint32_t /*level*/, uint64_t /*number*/) { return Seq(0); }
size_t HashesBehindTiles(uint32_t /*level*/, LogSize /*size*/) { return 0; }
TileEdge::TileEdge(LogSize size, Hashes hashes) : size_(size.value()), hashes_(std::move(hashes)) {}
void TileEdge::Add(const Hash& /*leaf*/, std::vector<Tile>& /*completed*/) { ++size_; }

}  // namespace daybook::ledger
