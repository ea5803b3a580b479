#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "migrator/migration/name_fields.h"
#include "migrator/migration/rule.h"
#include "migrator/sqltext/name.h"

namespace daybook::migration {
namespace {

using ::daybook::sqltext::FoldName;
using ::google::protobuf::FieldDescriptor;

// PostgreSQL cuts longer names off without a word.
constexpr size_t kMaxNameBytes = 63;

void JudgeReserved(const Subject& subject, Report report) {
  for (const Place& place : subject.places()) {
    for (const std::string& name : TextsOf(*place.message, NamesObject)) {
      const std::string key = FoldName(name);
      if (absl::StartsWith(key, "mig_") || absl::StartsWith(key, "sqlite_")) {
        report(place, absl::StrCat(name, " is a reserved name"));
      }
    }
  }
}

// Something that a migration brings into being.
struct Declared {
  std::string kind;
  std::string name;
};

// The checks that a new column's type brings with it.
void AppendGeneratedChecks(const std::string& table, const v1::NewColumn& column,
                           std::vector<Declared>& declared) {
  const std::string prefix = absl::StrCat(table, "_", column.name(), "_");
  if (column.type() == v1::NewColumn::BOOLEAN) declared.push_back({"constraint", prefix + "bool"});
  if (column.type() == v1::NewColumn::JSON) declared.push_back({"constraint", prefix + "json"});
  if (column.has_enum_type()) declared.push_back({"constraint", prefix + column.enum_type()});
}

std::vector<Declared> DeclaredAt(const Place& place) {
  const std::string table = TableOf(place);
  std::vector<Declared> declared;
  if (const auto* create = As<v1::CreateTable>(place)) {
    declared.push_back({"table", create->name()});
  } else if (const auto* column = As<v1::NewColumn>(place)) {
    declared.push_back({"column", absl::StrCat(table, ".", column->name())});
    AppendGeneratedChecks(table, *column, declared);
  } else if (const auto* check = As<v1::AddCheck>(place)) {
    declared.push_back({"constraint", check->name()});
  } else if (const auto* key = As<v1::AddForeignKey>(place)) {
    declared.push_back({"constraint", key->name()});
    declared.push_back({"index", key->index_name()});
  } else if (const auto* index = As<v1::CreateIndex>(place)) {
    declared.push_back({"index", index->name()});
  } else if (const auto* value_list = As<v1::AddEnum>(place)) {
    declared.push_back({"enum", value_list->name()});
  } else if (const auto* rename = As<v1::RenameColumn>(place)) {
    if (place.file->migration.phase() != v1::Migration::CONTRACT) {
      declared.push_back({"column", absl::StrCat(table, ".", rename->to())});
    }
  }
  return declared;
}

// What the migrations so far have brought into being and not dropped again.
class Names {
 public:
  // False where something of that kind and name is there already.
  bool Add(const std::string& table, const Declared& declared) {
    return names_.try_emplace({declared.kind, FoldName(declared.name)}, FoldName(table)).second;
  }

  void DropAt(const Place& place) {
    if (const auto* table = As<v1::DropTable>(place)) DropTable(FoldName(table->name()));
    if (const auto* check = As<v1::DropCheck>(place)) Drop("constraint", check->name());
    if (const auto* index = As<v1::ReplaceIndex>(place)) Drop("index", index->replaces());
    if (const auto* column = As<v1::DropColumn>(place)) DropColumn(place, column->column());
    if (const auto* rename = As<v1::RenameColumn>(place)) {
      if (place.file->migration.phase() != v1::Migration::EXPAND) DropColumn(place, rename->from());
    }
  }

 private:
  void Drop(const std::string& kind, const std::string& name) {
    names_.erase({kind, FoldName(name)});
  }
  void DropColumn(const Place& place, const std::string& column) {
    Drop("column", absl::StrCat(TableOf(place), ".", column));
  }
  void DropTable(const std::string& table) {
    for (auto it = names_.begin(); it != names_.end();) {
      it = it->second == table ? names_.erase(it) : std::next(it);
    }
  }

  std::map<std::pair<std::string, std::string>, std::string> names_;  // kind, key -> table's key
};

void JudgeDuplicateNames(const Subject& subject, Report report) {
  Names names;
  for (const Place& place : subject.places()) {
    names.DropAt(place);
    for (const Declared& declared : DeclaredAt(place)) {
      if (declared.name.empty() || names.Add(TableOf(place), declared)) continue;
      report(place, absl::StrCat("there is a ", declared.kind, " ", declared.name, " already"));
    }
  }
}

void JudgeLongNames(const Subject& subject, Report report) {
  for (const Place& place : subject.places()) {
    for (const Declared& declared : DeclaredAt(place)) {
      const size_t dot = declared.kind == "column" ? declared.name.find('.') + 1 : 0;
      if (declared.name.size() - dot > kMaxNameBytes) {
        report(place, absl::StrCat(declared.name, " is longer than 63 bytes"));
      }
    }
  }
}

// The one that is there twice, "" where none is.
std::string Repeated(std::vector<std::string> entries) {
  std::sort(entries.begin(), entries.end());
  const auto twice = std::adjacent_find(entries.begin(), entries.end());
  return twice == entries.end() ? "" : *twice;
}

// The lists of texts in a message.
std::vector<std::vector<std::string>> TextListsOf(const google::protobuf::Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::vector<std::string>> lists;
  for (const FieldDescriptor* list : fields) {
    if (!list->is_repeated()) continue;
    lists.push_back(TextsOf(message, [&](const FieldDescriptor& field) { return &field == list; }));
  }
  return lists;
}

// The lists of names that the messages in a migration make.
std::vector<std::vector<std::string>> NameListsOf(const v1::Migration& migration) {
  std::vector<std::string> reported;
  for (const auto& invariant : migration.invariant()) reported.push_back(invariant.name());
  for (const auto& query : migration.golden_query()) reported.push_back(query.name());
  for (const auto& assertion : migration.assertion()) reported.push_back(assertion.name());
  std::vector<std::string> tables;
  for (const auto& level : migration.criticality()) tables.push_back(FoldName(level.table()));
  return {reported, tables};
}

void JudgeDuplicateEntries(const Subject& subject, Report report) {
  const auto judge = [&](const Place& place, const std::vector<std::vector<std::string>>& lists) {
    for (const std::vector<std::string>& list : lists) {
      const std::string twice = Repeated(list);
      if (!twice.empty()) report(place, absl::StrCat(twice, " is there twice"));
    }
  };
  for (const Place& place : subject.places()) judge(place, TextListsOf(*place.message));
  for (const auto& [place, migration] : subject.Of<v1::Migration>()) {
    judge(place, NameListsOf(migration));
  }
  for (const auto& [place, list] : subject.Of<v1::OneOfRule>()) {
    std::vector<std::string> numbers;
    for (const int64_t number : list.integer()) numbers.push_back(absl::StrCat(number));
    judge(place, {numbers});
  }
}

void JudgeDroppedTables(const Subject& subject, Report report) {
  std::set<std::string> dropped;
  for (const Place& place : subject.places()) {
    if (const auto* create = As<v1::CreateTable>(place)) dropped.erase(FoldName(create->name()));
    for (const std::string& table : TextsOf(*place.message, NamesTable)) {
      if (dropped.contains(FoldName(table)))
        report(place, absl::StrCat(table, " was dropped before"));
    }
    if (const auto* drop = As<v1::DropTable>(place)) dropped.insert(FoldName(drop->name()));
  }
}

void JudgeUnknownColumns(const Subject& subject, Report report) {
  for (const Place& place : subject.places()) {
    const auto* create = As<v1::CreateTable>(place);
    if (create == nullptr) create = Enclosing<v1::CreateTable>(place);
    if (create == nullptr) continue;
    for (const std::string& name : TextsOf(*place.message, NamesOwnColumn)) {
      const bool is_known =
          std::any_of(create->column().begin(), create->column().end(),
                      [&](const auto& c) { return FoldName(c.name()) == FoldName(name); });
      if (!is_known) report(place, absl::StrCat(create->name(), " has no column ", name));
    }
  }
}

void JudgeUnknownEnums(const Subject& subject, Report report) {
  if (subject.files().empty() || subject.files().front().migration.version() != 1) return;
  std::set<std::string> declared;
  for (const Place& place : subject.places()) {
    if (const auto* value_list = As<v1::AddEnum>(place))
      declared.insert(FoldName(value_list->name()));
    const auto* column = As<v1::NewColumn>(place);
    if (column == nullptr || !column->has_enum_type()) continue;
    if (!declared.contains(FoldName(column->enum_type()))) {
      report(place, absl::StrCat("no step before declares the enum ", column->enum_type()));
    }
  }
}

constexpr std::array<Rule, 7> kNameRules = {{
    {"reserved-name", Severity::kError,
     "choose another name: mig_ begins the migrator's own tables, sqlite_ the engine's",
     JudgeReserved},
    {"duplicate-name", Severity::kError,
     "choose another name; constraints and indexes are recognised by theirs, in every table",
     JudgeDuplicateNames},
    {"name-too-long", Severity::kWarning, "shorten it: PostgreSQL would cut it off",
     JudgeLongNames},
    {"duplicate-entry", Severity::kError, "name each once", JudgeDuplicateEntries},
    {"dropped-table", Severity::kError, "take the step out, or put it before the drop",
     JudgeDroppedTables},
    {"unknown-column", Severity::kError, "mend the name, or add the column to the table",
     JudgeUnknownColumns},
    {"unknown-enum", Severity::kError, "declare it with an add_enum step before this one",
     JudgeUnknownEnums},
}};

}  // namespace

std::span<const Rule> NameRules() { return kNameRules; }

}  // namespace daybook::migration
