#include "migrator/migration/file_name.h"

#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace daybook::migration {
namespace {

constexpr size_t kVersionDigits = 4;

struct Ending {
  absl::string_view text;
  FileName::Part part;
  FileName::Engine engine;
};

constexpr std::array<Ending, 7> kEndings = {{
    {".textproto", FileName::Part::kDeclaration, FileName::Engine::kBoth},
    {".up.sql", FileName::Part::kUp, FileName::Engine::kBoth},
    {".down.sql", FileName::Part::kDown, FileName::Engine::kBoth},
    {".up.sqlite.sql", FileName::Part::kUp, FileName::Engine::kSqlite},
    {".down.sqlite.sql", FileName::Part::kDown, FileName::Engine::kSqlite},
    {".up.postgres.sql", FileName::Part::kUp, FileName::Engine::kPostgres},
    {".down.postgres.sql", FileName::Part::kDown, FileName::Engine::kPostgres},
}};

bool IsNameCharacter(char c) {
  const auto u = static_cast<unsigned char>(c);
  return absl::ascii_islower(u) || absl::ascii_isdigit(u) || c == '_';
}

// `stem` is NNNN_name.
bool ReadStem(absl::string_view stem, FileName& result) {
  if (stem.size() < kVersionDigits + 2 || stem[kVersionDigits] != '_') return false;
  const absl::string_view digits = stem.substr(0, kVersionDigits);
  const absl::string_view name = stem.substr(kVersionDigits + 1);
  const auto is_digit = [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); };
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) return false;
  if (!absl::SimpleAtoi(digits, &result.version) || result.version == 0) return false;
  if (!absl::ascii_islower(static_cast<unsigned char>(name.front()))) return false;
  if (!std::all_of(name.begin(), name.end(), IsNameCharacter)) return false;
  result.name = std::string(name);
  return true;
}

}  // namespace

absl::StatusOr<FileName> ParseFileName(absl::string_view file_name) {
  for (const Ending& ending : kEndings) {
    absl::string_view stem = file_name;
    if (!absl::ConsumeSuffix(&stem, ending.text)) continue;
    FileName result{.version = 0, .name = "", .part = ending.part, .engine = ending.engine};
    if (ReadStem(stem, result)) return result;
  }
  return absl::InvalidArgumentError(
      absl::StrCat(file_name,
                   ": is not the name of a migration; write NNNN_name.textproto, or a pair "
                   "NNNN_name.up.sql and NNNN_name.down.sql (for one engine .up.sqlite.sql, "
                   ".up.postgres.sql), with NNNN from 0001 and a name of a-z, 0-9 and _"));
}

}  // namespace daybook::migration
