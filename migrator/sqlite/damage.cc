#include "migrator/sqlite/damage.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#include "core/status_macros.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;

constexpr char kWithoutChecks[] = "PRAGMA ignore_check_constraints = ON";
constexpr char kWithChecks[] = "PRAGMA ignore_check_constraints = OFF";
// All findings, as those about values may hide others.
constexpr char kCheckAll[] = "PRAGMA integrity_check(2000000000)";

bool IsAboutValues(absl::string_view finding) {
  return absl::StartsWith(finding, "NULL value in ") ||
         absl::StartsWith(finding, "NUMERIC value in ") ||
         absl::StartsWith(finding, "TEXT value in ");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FindDamage(Connection& database, size_t most) {
  DAYBOOK_RETURN_IF_ERROR(database.Execute(kWithoutChecks));
  std::vector<std::string> damage;
  DAYBOOK_ASSIGN_OR_RETURN(Statement check, database.Prepare(kCheckAll));
  while (damage.size() < most) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, check.Step());
    if (!has_row) break;
    const absl::string_view finding = check.Bytes(0);
    if (finding != "ok" && !IsAboutValues(finding)) damage.emplace_back(finding);
  }
  check.Reset();
  DAYBOOK_RETURN_IF_ERROR(database.Execute(kWithChecks));
  return damage;
}

}  // namespace daybook::migrator::sqlite
