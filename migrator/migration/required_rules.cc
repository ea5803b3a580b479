#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "migrator/migration/rule.h"
#include "migrator/migration/sql_piece.h"

namespace daybook::migration {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::OneofDescriptor;
using ::google::protobuf::Reflection;

constexpr absl::string_view kMissingField = "missing-field";
constexpr absl::string_view kUnnamedConstraint = "unnamed-constraint";
constexpr absl::string_view kMissingRationale = "missing-rationale";

// The fields and oneofs that a message must have, wherever it stands.
struct Requirement {
  absl::string_view message;
  absl::string_view fields;
};

constexpr std::array<Requirement, 31> kRequirements = {{
    {"Migration", "step"},
    {"Contract", "expanded_by"},
    {"TableCriticality", "table"},
    {"Invariant", "name"},
    {"GoldenQuery", "name"},
    {"Assertion", "name"},
    {"Step", "change"},
    {"AddCheck", "table name condition rationale"},
    {"Rule", "kind"},
    {"Expression", "kind"},
    {"PatternRule", "part"},
    {"Part", "kind"},
    {"CompareRule", "with"},
    {"ProbeRow", "value"},
    {"ProbeValue", "literal"},
    {"DropCheck", "table check rationale"},
    {"AlterForeignKey", "table rationale"},
    {"AddForeignKey", "table name columns references_table rationale"},
    {"NewColumn", "name kind"},
    {"AddColumn", "table column rationale"},
    {"Fill", "value"},
    {"Backfill", "table column fill rationale"},
    {"DropColumn", "table column rationale"},
    {"RenameColumn", "table from to rationale"},
    {"CreateTable", "name column"},
    {"DropTable", "name rationale"},
    {"CreateIndex", "table name"},
    {"IndexKey", "kind"},
    {"ReplaceIndex", "replaces index rationale"},
    {"AddEnum", "name values rationale"},
    {"RunSql", "up rationale"},
}};

// What create_table says already for the messages in it.
struct SaidByTable {
  absl::string_view message;
  absl::string_view field;
  bool must_be_left_out;
};

constexpr std::array<SaidByTable, 6> kSaidByTable = {{
    {"AddCheck", "table", true},
    {"AddCheck", "on_violation", true},
    {"AddForeignKey", "table", true},
    {"AddForeignKey", "on_violation", true},
    {"AddForeignKey", "rationale", false},
    {"CreateIndex", "table", true},
}};

bool IsBlank(const std::string& text) { return absl::StripAsciiWhitespace(text).empty(); }

// Whether a field has a value that says something.
bool IsFilled(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (field.is_repeated()) {
    const int size = reflection.FieldSize(message, &field);
    for (int i = 0; is_text && i < size; ++i) {
      if (IsBlank(reflection.GetRepeatedString(message, &field, i))) return false;
    }
    return size > 0;
  }
  if (is_text) return !IsBlank(reflection.GetString(message, &field));
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return reflection.GetEnumValue(message, &field) != 0;
  }
  return reflection.HasField(message, &field);
}

// `name` is a field's or a oneof's.
bool IsFilled(const Message& message, absl::string_view name) {
  const std::string key(name);
  if (const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(key)) {
    return IsFilled(message, *field);
  }
  const OneofDescriptor* oneof = message.GetDescriptor()->FindOneofByName(key);
  const FieldDescriptor* member = message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
  return member != nullptr && IsFilled(message, *member);
}

bool IsSaidByTable(const Place& place, absl::string_view field) {
  const std::string& type = place.message->GetDescriptor()->name();
  return Enclosing<v1::CreateTable>(place) != nullptr &&
         std::any_of(kSaidByTable.begin(), kSaidByTable.end(), [&](const SaidByTable& said) {
           return said.message == type && said.field == field;
         });
}

// The rule that a missing field breaks.
absl::string_view IdOf(absl::string_view type, absl::string_view field) {
  if (field == "rationale") return kMissingRationale;
  const bool is_constraint = type == "AddCheck" || type == "AddForeignKey";
  return is_constraint && field == "name" ? kUnnamedConstraint : kMissingField;
}

// The fields and oneofs that the message at `place` must have.
std::vector<absl::string_view> RequiredAt(const Place& place) {
  const std::string& type = place.message->GetDescriptor()->name();
  const auto* const found =
      std::find_if(kRequirements.begin(), kRequirements.end(),
                   [&](const Requirement& each) { return each.message == type; });
  if (found == kRequirements.end()) return {};
  std::vector<absl::string_view> fields = absl::StrSplit(found->fields, ' ');
  std::erase_if(fields, [&](absl::string_view field) { return IsSaidByTable(place, field); });
  return fields;
}

void ReportMissing(const Subject& subject, absl::string_view id, Report report) {
  for (const Place& place : subject.places()) {
    for (const absl::string_view field : RequiredAt(place)) {
      if (IdOf(place.message->GetDescriptor()->name(), field) != id) continue;
      if (!IsFilled(*place.message, field)) report(place, absl::StrCat(field, " is missing"));
    }
  }
}

void JudgeMissingFields(const Subject& subject, Report report) {
  ReportMissing(subject, kMissingField, report);
  for (const auto& [place, check] : subject.Of<v1::AddCheck>()) {
    const bool is_of_column =
        check.has_rule() || (check.has_expression() && !check.expression().has_sql());
    if (is_of_column && check.column().empty()) report(place, "column is missing");
  }
  for (const auto& [place, key] : subject.Of<v1::AlterForeignKey>()) {
    if (key.columns().empty() && key.name().empty()) report(place, "columns and name are missing");
  }
  for (const auto& [place, index] : subject.Of<v1::CreateIndex>()) {
    if (index.columns().empty() == index.key().empty()) {
      report(place, "either columns or key must be given");
    }
  }
}

void JudgeUnnamedConstraints(const Subject& subject, Report report) {
  ReportMissing(subject, kUnnamedConstraint, report);
  for (const SqlPiece& piece : subject.sql()) {
    if (piece.use() != SqlUse::kStatements) continue;
    for (size_t i = 0; i < piece.size(); ++i) {
      const bool is_constraint = piece.At(i, "CHECK", "(") || piece.At(i, "FOREIGN", "KEY", "(");
      const bool is_named = i >= 2 && piece.At(i - 2, "CONSTRAINT");
      if (!is_constraint || is_named) continue;
      report(piece.place(), piece.Locate(i, absl::StrCat(piece.TextAt(i), " has no name")));
    }
  }
}

void JudgeMissingRationales(const Subject& subject, Report report) {
  ReportMissing(subject, kMissingRationale, report);
}

void JudgeLeftOut(const Subject& subject, Report report) {
  for (const Place& place : subject.places()) {
    if (Enclosing<v1::CreateTable>(place) == nullptr) continue;
    for (const SaidByTable& said : kSaidByTable) {
      if (!said.must_be_left_out || said.message != place.message->GetDescriptor()->name())
        continue;
      if (IsFilled(*place.message, said.field))
        report(place, absl::StrCat(said.field, " is given"));
    }
  }
}

void JudgeMissingDown(const Subject& subject, Report report) {
  for (const auto& [place, step] : subject.Of<v1::RunSql>()) {
    if (!step.has_down() && step.irreversible().empty()) {
      report(place, "there is neither down nor a reason in irreversible");
    }
  }
}

void JudgeIrreversibleWithDown(const Subject& subject, Report report) {
  for (const auto& [place, step] : subject.Of<v1::RunSql>()) {
    if (step.has_down() && !step.irreversible().empty()) {
      report(place, "there is a down, and irreversible says that there is none");
    }
  }
}

constexpr std::array<Rule, 6> kRequiredRules = {{
    {kMissingField, Severity::kError, "fill it in; migration.proto says what it is for",
     JudgeMissingFields},
    {kUnnamedConstraint, Severity::kError,
     "give the constraint a name: verification recognises it by that, and so do error messages",
     JudgeUnnamedConstraints},
    {kMissingRationale, Severity::kError,
     "say why (`rationale`, or `-- rationale:` in the first comment of SQL), for whoever reviews "
     "the plan and whoever meets the constraint later",
     JudgeMissingRationales},
    {"left-out-in-create-table", Severity::kError,
     "leave it out: the table is the one being created, and has no rows yet", JudgeLeftOut},
    {"missing-down", Severity::kError,
     "write what undoes it (`down`, or NNNN_name.down.sql), or why nothing does "
     "(`irreversible`, or `-- irreversible:` in the first comment)",
     JudgeMissingDown},
    {"irreversible-with-down", Severity::kError, "keep the one that is true",
     JudgeIrreversibleWithDown},
}};

}  // namespace

std::span<const Rule> RequiredRules() { return kRequiredRules; }

}  // namespace daybook::migration
