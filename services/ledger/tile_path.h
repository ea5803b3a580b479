#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "ledger/tile_edge.h"

namespace daybook::ledger {

// What a log serves, as C2SP tlog-tiles names it: a tile of hashes, or a bundle
// of the entries under a tile of level 0.
struct TilePath {
  std::optional<uint32_t> level = 0;  // none of a bundle
  uint64_t number = 0;                // from 0
  size_t width = kTileWidth;          // how many hashes or entries; less in a partial one

  friend bool operator==(const TilePath&, const TilePath&) = default;
};

inline constexpr uint32_t kMaxTileLevel = 63;

// "tile/0/x001/x234/067", "tile/entries/000.p/7".
std::string FormatTilePath(const TilePath& path);

// Nothing where it is no path of a tile, or not in its one form.
std::optional<TilePath> ParseTilePath(absl::string_view path);

}  // namespace daybook::ledger
