#include "ledger/tile_path.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "ledger/canonical_text.h"

namespace daybook::ledger {
namespace {

constexpr absl::string_view kEntries = "entries";
constexpr uint64_t kThousand = 1000;
// What a number of 64 bits has at most.
constexpr size_t kMaxParts = 7;

// "x001/x234/067": so many a folder, and no file has the name of a folder.
std::string FormatNumber(uint64_t number) {
  std::string text = absl::StrFormat("%03d", number % kThousand);
  for (number /= kThousand; number > 0; number /= kThousand) {
    text.insert(0, absl::StrFormat("x%03d/", number % kThousand));
  }
  return text;
}

std::optional<uint64_t> ParseNumber(const std::vector<absl::string_view>& parts) {
  if (parts.empty() || parts.size() > kMaxParts) return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < parts.size(); ++i) {
    absl::string_view part = parts[i];
    const bool is_last = i + 1 == parts.size();
    if (absl::ConsumePrefix(&part, "x") == is_last || part.size() != 3) return std::nullopt;
    absl::StrAppend(&digits, part);
  }
  const size_t zeros = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  return ParseDecimal(absl::string_view(digits).substr(zeros));
}

}  // namespace

std::string FormatTilePath(const TilePath& path) {
  const std::string level = path.level ? absl::StrCat(*path.level) : std::string(kEntries);
  const std::string full = absl::StrCat("tile/", level, "/", FormatNumber(path.number));
  return path.width == kTileWidth ? full : absl::StrCat(full, ".p/", path.width);
}

std::optional<TilePath> ParseTilePath(absl::string_view path) {
  std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (parts.size() < 3 || parts[0] != "tile") return std::nullopt;
  TilePath parsed;
  parsed.level.reset();
  if (parts[1] != kEntries) {
    const std::optional<uint64_t> level = ParseDecimal(parts[1]);
    if (!level || *level > kMaxTileLevel) return std::nullopt;
    parsed.level = static_cast<uint32_t>(*level);
  }
  parts.erase(parts.begin(), parts.begin() + 2);
  if (parts.size() > 1 && absl::ConsumeSuffix(&parts[parts.size() - 2], ".p")) {
    const std::optional<uint64_t> width = ParseDecimal(parts.back());
    if (!width || *width == 0 || *width >= kTileWidth) return std::nullopt;
    parsed.width = *width;
    parts.pop_back();
  }
  const std::optional<uint64_t> number = ParseNumber(parts);
  if (!number) return std::nullopt;
  parsed.number = *number;
  // Needless folders of zeros make another path.
  return FormatTilePath(parsed) == path ? std::optional(parsed) : std::nullopt;
}

}  // namespace daybook::ledger
