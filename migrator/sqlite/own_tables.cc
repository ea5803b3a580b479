#include "migrator/sqlite/own_tables.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

constexpr std::array<absl::string_view, 7> kNames = {
    "mig_meta",       "mig_history", "mig_step",   "mig_event",
    "mig_quarantine", "mig_archive", "mig_backup",
};
constexpr char kArchive[] = "mig_archive_";

}  // namespace

bool IsOwnTable(absl::string_view name) {
  const std::string folded = sqltext::FoldName(name);
  const size_t number = sizeof(kArchive) - 1;
  return std::find(kNames.begin(), kNames.end(), folded) != kNames.end() ||
         (absl::StartsWith(folded, kArchive) && folded.size() > number &&
          absl::ascii_isdigit(static_cast<unsigned char>(folded[number])));
}

std::string IsOfApplication(absl::string_view column) {
  return absl::StrCat("(", column, " NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND lower(", column,
                      ") NOT IN ('", absl::StrJoin(kNames, "', '"), "') AND lower(", column,
                      ") NOT GLOB '", kArchive, "[0-9]*')");
}

std::string ArchiveName(int64_t number) { return absl::StrCat(kArchive, number); }

}  // namespace daybook::migrator::sqlite
