#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/hash.h"
#include "ledger/tile_path.h"

namespace daybook::cli {

// A folder of the files that C2SP tlog-tiles names, for any web server. What is
// there is whole, also after a crash. Errors as of db/sqlite/durable_file.h.
//
// Thread-compatible.
class TileFolder {
 public:
  // What was done.
  struct Counts {
    uint64_t written = 0;  // files
    uint64_t kept = 0;     // that were there already
    uint64_t bytes = 0;    // written
  };

  explicit TileFolder(std::string root) : root_(std::move(root)) {}

  // The checkpoint that it holds; nothing where there is none.
  absl::StatusOr<std::optional<std::string>> ReadCheckpoint() const;
  absl::Status PutCheckpoint(absl::string_view note);

  // The hashes of a tile that is there; nothing where it is missing, or not so long.
  absl::StatusOr<std::optional<std::vector<ledger::Hash>>> ReadTile(
      const ledger::TilePath& path) const;
  // Whether there is such a file, as long as it must be at least; it is not read.
  bool HasTile(const ledger::TilePath& path) const;
  bool HasBundle(const ledger::TilePath& path) const;

  // Puts a file where it is missing.
  absl::Status PutTile(const ledger::TilePath& path, std::span<const ledger::Hash> hashes);
  absl::Status PutBundle(const ledger::TilePath& path, absl::string_view entries);
  // Of files that need not be put again.
  void Keep(uint64_t files = 1) { counts_.kept += files; }

  const Counts& counts() const { return counts_; }

 private:
  std::string FileOf(const ledger::TilePath& path) const;
  absl::Status Put(const ledger::TilePath& path, absl::string_view bytes);

  const std::string root_;
  Counts counts_;
};

}  // namespace daybook::cli
