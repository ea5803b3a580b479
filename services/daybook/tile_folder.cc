#include "daybook/tile_folder.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/signed_head.h"
#include "db/sqlite/durable_file.h"

namespace daybook::cli {
namespace {

namespace fs = std::filesystem;
using ::daybook::ledger::Hash;
using ::daybook::ledger::TilePath;

absl::Status FolderError(const fs::path& folder, const std::error_code& error) {
  return db::sqlite::FileError(absl::StrCat("make ", folder.string()), error.value());
}

// Makes a folder and those above it, so that they, too, outlive a crash.
absl::Status MakeFolders(const fs::path& folder) {
  std::vector<fs::path> missing;
  std::error_code error;
  for (fs::path each = folder; !each.empty() && !fs::exists(each, error);
       each = each.parent_path()) {
    missing.insert(missing.begin(), each);
  }
  for (const fs::path& each : missing) {
    fs::create_directory(each, error);
    if (error) return FolderError(each, error);
    const fs::path above = each.parent_path();
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::SyncFolder(above.empty() ? "." : above.string()));
  }
  return absl::OkStatus();
}

// 0 where there is none.
uint64_t BytesIn(const std::string& file) {
  std::error_code error;
  const uint64_t bytes = fs::file_size(file, error);
  return error ? 0 : bytes;
}

}  // namespace

std::string TileFolder::FileOf(const TilePath& path) const {
  return absl::StrCat(root_, "/", ledger::FormatTilePath(path));
}

absl::StatusOr<std::optional<std::string>> TileFolder::ReadCheckpoint() const {
  absl::StatusOr<std::string> note = ReadWholeFile(root_ + "/checkpoint");
  if (absl::IsNotFound(note.status())) return std::nullopt;
  if (!note.ok()) return note.status();
  return *std::move(note);
}

absl::Status TileFolder::PutCheckpoint(absl::string_view note) {
  DAYBOOK_RETURN_IF_ERROR(MakeFolders(root_));
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::WriteDurably(note, root_ + "/checkpoint"));
  ++counts_.written;
  counts_.bytes += note.size();
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::vector<Hash>>> TileFolder::ReadTile(const TilePath& path) const {
  const absl::StatusOr<std::string> bytes = ReadWholeFile(FileOf(path));
  if (absl::IsNotFound(bytes.status())) return std::nullopt;
  if (!bytes.ok()) return bytes.status();
  std::vector<Hash> hashes(path.width);
  if (bytes->size() != hashes.size() * sizeof(Hash)) return std::nullopt;
  auto from = bytes->begin();
  for (Hash& hash : hashes) {
    std::copy_n(from, hash.size(), hash.begin());
    std::advance(from, hash.size());
  }
  return hashes;
}

bool TileFolder::HasTile(const TilePath& path) const {
  return BytesIn(FileOf(path)) == path.width * sizeof(Hash);
}

bool TileFolder::HasBundle(const TilePath& path) const {
  // Each entry has two bytes at least.
  return BytesIn(FileOf(path)) >= 2 * path.width;
}

absl::Status TileFolder::PutTile(const TilePath& path, std::span<const Hash> hashes) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto there, ReadTile(path));
  if (there && std::equal(there->begin(), there->end(), hashes.begin(), hashes.end())) {
    Keep();
    return absl::OkStatus();
  }
  std::string bytes;
  bytes.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) bytes.append(hash.begin(), hash.end());
  return Put(path, bytes);
}

absl::Status TileFolder::PutBundle(const TilePath& path, absl::string_view entries) {
  const absl::StatusOr<std::string> there = ReadWholeFile(FileOf(path));
  if (there.ok() && *there == entries) {
    Keep();
    return absl::OkStatus();
  }
  return Put(path, entries);
}

// Whoever asks for a partial one is told by the standard to take the complete one,
// once that is there.
absl::Status TileFolder::Put(const TilePath& path, absl::string_view bytes) {
  const std::string file = FileOf(path);
  DAYBOOK_RETURN_IF_ERROR(MakeFolders(fs::path(file).parent_path()));
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::WriteDurably(bytes, file));
  ++counts_.written;
  counts_.bytes += bytes.size();
  if (path.width == ledger::kTileWidth) {
    std::error_code error;
    fs::remove_all(file + ".p", error);  // what stays does no harm
  }
  return absl::OkStatus();
}

}  // namespace daybook::cli
