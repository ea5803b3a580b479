#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "migrator/migration/rule.h"
#include "migrator/sqltext/name.h"

namespace daybook::migration {
namespace {

using ::daybook::sqltext::SameName;
using ::google::protobuf::RepeatedPtrField;

void JudgeGaps(const Subject& subject, Report report) {
  int before = 0;
  for (const auto& [place, migration] : subject.Of<v1::Migration>()) {
    if (before != 0 && migration.version() != before + 1) {
      report(place, absl::StrCat("version ", migration.version(), " follows version ", before));
    }
    before = migration.version();
  }
}

void JudgeRenames(const Subject& subject, Report report) {
  for (const auto& [place, rename] : subject.Of<v1::RenameColumn>()) {
    if (place.file->migration.phase() == v1::Migration::PHASE_UNSPECIFIED) {
      report(place, absl::StrCat("programs that know only ", rename.from(), " or only ",
                                 rename.to(), " would break"));
    }
  }
}

void JudgeDrops(const Subject& subject, Report report) {
  for (const Place& place : subject.places()) {
    const bool drops = As<v1::DropColumn>(place) != nullptr || As<v1::DropTable>(place) != nullptr;
    if (drops && place.file->migration.phase() != v1::Migration::CONTRACT) {
      report(place, "programs that still use what it drops would break");
    }
  }
}

// Whether `migration` has the rename whose other half `rename` is.
bool HasRename(const v1::Migration& migration, const v1::RenameColumn& rename) {
  return std::any_of(migration.step().begin(), migration.step().end(), [&](const v1::Step& step) {
    const v1::RenameColumn& other = step.rename_column();
    return SameName(other.table(), rename.table()) && SameName(other.from(), rename.from()) &&
           SameName(other.to(), rename.to());
  });
}

const v1::Migration* FindVersion(const Subject& subject, int version) {
  const auto found =
      std::find_if(subject.files().begin(), subject.files().end(),
                   [&](const auto& file) { return file.migration.version() == version; });
  return found == subject.files().end() ? nullptr : &found->migration;
}

// Judges a second half by its first, where that is known.
void JudgeSecondHalf(const Subject& subject, const Place& place, const v1::Migration& migration,
                     Report report) {
  const int expanded_by = migration.contract().expanded_by();
  if (expanded_by < 1 || expanded_by >= migration.version()) {
    return report(place, absl::StrCat("expanded_by is ", expanded_by, ", no version before it"));
  }
  const v1::Migration* expand = FindVersion(subject, expanded_by);
  if (expand == nullptr) return;
  if (expand->phase() != v1::Migration::EXPAND) {
    report(place, absl::StrCat("version ", expanded_by, " has not `phase: EXPAND`"));
  }
  for (const v1::Step& step : migration.step()) {
    if (!step.has_rename_column() || HasRename(*expand, step.rename_column())) continue;
    report(place, absl::StrCat("version ", expanded_by, " does not rename ",
                               step.rename_column().from(), " to ", step.rename_column().to()));
  }
}

void JudgePhases(const Subject& subject, Report report) {
  for (const auto& [place, migration] : subject.Of<v1::Migration>()) {
    const bool is_contract = migration.phase() == v1::Migration::CONTRACT;
    if (is_contract != migration.has_contract()) {
      report(place, is_contract ? "phase is CONTRACT, and contract is missing"
                                : "there is a contract, and phase is not CONTRACT");
    } else if (is_contract) {
      JudgeSecondHalf(subject, place, migration, report);
    }
  }
}

void JudgeNotNull(const Subject& subject, Report report) {
  for (const auto& [place, step] : subject.Of<v1::AddColumn>()) {
    if (!step.column().not_null()) continue;
    if (step.backfill_null()) report(place, "rows are left NULL, which the column refuses");
    if (step.column().default_value().empty() && !step.has_backfill() && !step.backfill_null()) {
      report(place, "the rows that are there get no value, and the column refuses NULL");
    }
  }
}

void JudgeGeneratedKeys(const Subject& subject, Report report) {
  for (const auto& [place, column] : subject.Of<v1::NewColumn>()) {
    if (!column.generated_key()) continue;
    const auto* table = As<v1::CreateTable>(*place.parent);
    if (table == nullptr) {
      report(place, "only a new table can have a generated_key");
    } else if (column.type() != v1::NewColumn::INTEGER) {
      report(place, "a generated_key is an INTEGER");
    } else if (!table->primary_key().empty()) {
      report(place, "the table has a primary_key besides");
    }
  }
  for (const auto& [place, table] : subject.Of<v1::CreateTable>()) {
    const auto keys = std::count_if(table.column().begin(), table.column().end(),
                                    [](const auto& column) { return column.generated_key(); });
    if (keys > 1) report(place, "has more than one generated_key");
  }
}

void JudgeStrict(const Subject& subject, Report report) {
  static constexpr std::array<absl::string_view, 6> kTypes = {"INT",  "INTEGER", "REAL",
                                                              "TEXT", "BLOB",    "ANY"};
  for (const auto& [place, column] : subject.Of<v1::NewColumn>()) {
    const auto* table = As<v1::CreateTable>(*place.parent);
    if (table == nullptr || !table->strict()) continue;
    const v1::SqlText& type = column.sql_type();
    const std::string& written = type.sqlite().empty() ? type.sql() : type.sqlite();
    const bool is_unknown =
        column.has_sql_type() &&
        std::find(kTypes.begin(), kTypes.end(), absl::AsciiStrToUpper(written)) == kTypes.end();
    if (is_unknown || column.type() == v1::NewColumn::DECIMAL) {
      report(place, "a STRICT table has no such type");
    }
  }
}

void JudgeNoEffect(const Subject& subject, Report report) {
  for (const auto& [place, key] : subject.Of<v1::AlterForeignKey>()) {
    if (key.on_delete() == v1::AddForeignKey::ACTION_UNSPECIFIED &&
        key.on_update() == v1::AddForeignKey::ACTION_UNSPECIFIED) {
      report(place, "neither on_delete nor on_update is given");
    }
  }
  for (const auto& [place, rename] : subject.Of<v1::RenameColumn>()) {
    if (SameName(rename.from(), rename.to())) {
      report(place, "from and to are the same name");
    }
  }
}

void JudgeForeignKeyColumns(const Subject& subject, Report report) {
  for (const auto& [place, key] : subject.Of<v1::AddForeignKey>()) {
    if (!key.references_columns().empty() && key.references_columns_size() != key.columns_size()) {
      report(place, absl::StrCat(key.columns_size(), " columns reference ",
                                 key.references_columns_size()));
    }
  }
}

// Whether an index whose first columns are `index` finds rows by `columns`.
bool Serves(const std::vector<std::string>& index, const RepeatedPtrField<std::string>& columns) {
  return static_cast<int>(index.size()) >= columns.size() &&
         std::equal(columns.begin(), columns.end(), index.begin(),
                    [](const auto& a, const auto& b) { return SameName(a, b); });
}

// The columns that an index begins with, up to the first expression.
std::vector<std::string> ColumnsOf(const v1::CreateIndex& index) {
  std::vector<std::string> columns(index.columns().begin(), index.columns().end());
  for (const v1::IndexKey& key : index.key()) {
    if (!key.has_column()) break;
    columns.push_back(key.column());
  }
  return columns;
}

// Whether an index that the migrations make serves a foreign key.
bool HasIndex(const std::vector<Found<v1::CreateIndex>>& indexes, const Place& place,
              const v1::AddForeignKey& key) {
  const std::string table = TableOf(place);
  for (const auto& [at, index] : indexes) {
    const bool is_there = index.where().empty() && SameName(TableOf(at), table);
    if (is_there && Serves(ColumnsOf(index), key.columns())) return true;
  }
  const auto* create = Enclosing<v1::CreateTable>(place);
  return create != nullptr &&
         Serves({create->primary_key().begin(), create->primary_key().end()}, key.columns());
}

void JudgeMissingIndexes(const Subject& subject, Report report) {
  const std::vector<Found<v1::CreateIndex>> indexes = subject.Of<v1::CreateIndex>();
  for (const auto& [place, key] : subject.Of<v1::AddForeignKey>()) {
    if (key.index_name().empty() && !HasIndex(indexes, place, key)) {
      report(place, "each delete of a parent row would read the whole table");
    }
  }
}

constexpr std::array<Rule, 10> kChangeRules = {{
    {"version-gap", Severity::kError, "number migrations 0001, 0002, 0003 … without a gap",
     JudgeGaps},
    {"direct-rename", Severity::kError,
     "rename in two migrations, `phase: EXPAND` and a later one with `phase: CONTRACT`",
     JudgeRenames},
    {"direct-drop", Severity::kError,
     "drop in a migration of its own with `phase: CONTRACT`, once nothing uses it", JudgeDrops},
    {"contract-unfit", Severity::kError,
     "give the second half `phase: CONTRACT` and a contract whose expanded_by is the first half",
     JudgePhases},
    {"not-null-unfilled", Severity::kError, "give it a backfill or a default", JudgeNotNull},
    {"generated-key-unfit", Severity::kError,
     "let one INTEGER column of a new table be the key, or write primary_key", JudgeGeneratedKeys},
    {"strict-type", Severity::kError,
     "use a type that SQLite has in STRICT tables, or leave out strict", JudgeStrict},
    {"no-effect", Severity::kError, "say what is to change, or take the step out", JudgeNoEffect},
    {"foreign-key-columns", Severity::kError, "name as many columns on both sides",
     JudgeForeignKeyColumns},
    {"index-missing", Severity::kWarning,
     "fill in index_name, unless the database has an index on these columns", JudgeMissingIndexes},
}};

}  // namespace

std::span<const Rule> ChangeRules() { return kChangeRules; }

}  // namespace daybook::migration
