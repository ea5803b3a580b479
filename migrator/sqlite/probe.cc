#include "migrator/sqlite/probe.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/probe_values.h"
#include "migrator/sqlite/row_prober.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/names_in.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::sqltext::Column;
using ::daybook::sqltext::Constraint;
using ::daybook::sqltext::ConstraintKind;
using ::daybook::sqltext::CreateTable;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;
using Verdict = RowProber::Verdict;

constexpr char kApart[] = "mig_apart";

// A constraint that is probed: what tells that it refused a row, in its table and
// in the copy.
struct Subject {
  std::string refusal;
  std::string refusal_apart;
  // The copy's constraint: of the table, or NOT NULL of this column.
  std::string apart = {};
  std::string not_null_apart = {};
  std::string expression = {};  // what it looks at; "" where that is one column
};

std::string Describe(const std::string& way, const ProbeCase& probe) {
  if (probe.values.empty()) return absl::StrCat(way, " of a row that was there");
  const auto describe = [](std::string* out, const ProbeCase::Value& value) {
    constexpr size_t kShown = 60;
    absl::StrAppend(out, value.column, " = ", value.literal.substr(0, kShown),
                    value.literal.size() > kShown ? "…" : "");
  };
  return absl::StrCat(way, " with ", absl::StrJoin(probe.values, ", ", describe));
}

void Judge(const ProbeCase& probe, Verdict verdict, const std::string& way, ProbeResult& result) {
  switch (verdict) {
    case Verdict::kAccepted:
      if (probe.is_accepted) {
        ++result.accepted;
      } else {
        result.faults.push_back(absl::StrCat(Describe(way, probe), " went in"));
      }
      return;
    case Verdict::kRefused:
      if (!probe.is_accepted) {
        ++result.refused;
      } else {
        result.faults.push_back(absl::StrCat(Describe(way, probe), " was refused"));
      }
      return;
    case Verdict::kRefusedByOther:
      return;
  }
}

// Whether the table lets a statement write these values at all: not a generated
// column, and a NULL in the rowid asks for a number.
bool CanBeWritten(const ProbeCase& probe, const TableShape& shape) {
  return std::all_of(probe.values.begin(), probe.values.end(), [&](const ProbeCase::Value& value) {
    const bool asks_for_number =
        shape.rowid_is_column && SameName(value.column, shape.key[0]) && value.literal == "NULL";
    return shape.Has(value.column) && !asks_for_number;
  });
}

absl::Status ProbeInTable(Connection& database, const TableShape& shape, const Subject& subject,
                          const std::vector<ProbeCase>& cases, ProbeResult& result) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<RowProber> prober,
                           RowProber::Open(database, shape, subject.refusal));
  if (!prober) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const Verdict as_it_is, prober->Insert({}));
  Judge({.values = {}, .is_accepted = true}, as_it_is, "INSERT", result);
  for (const ProbeCase& probe : cases) {
    if (!CanBeWritten(probe, shape)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const Verdict inserted, prober->Insert(probe.values));
    Judge(probe, inserted, "INSERT", result);
    DAYBOOK_ASSIGN_OR_RETURN(const Verdict updated, prober->Update(probe.values));
    Judge(probe, updated, "UPDATE", result);
    DAYBOOK_ASSIGN_OR_RETURN(const Verdict upserted, prober->Upsert(probe.values));
    Judge(probe, upserted, "UPSERT", result);
  }
  return prober->Close();
}

// A column as the constraint sees it: name, type and collation.
std::string ColumnApart(const CreateTable& table, const Column& column) {
  std::string sql = absl::StrCat(QuoteName(column.name), " ", column.type);
  for (const Constraint& constraint : column.constraints) {
    if (constraint.kind == ConstraintKind::kCollate) {
      absl::StrAppend(&sql, " ", absl::string_view(table.Text(constraint.range)));
    }
  }
  return sql;
}

// A row of which nothing but the values is known: the other columns are NULL. A
// constraint over one of those may be met by that alone.
bool IsJudgedAlone(const ProbeCase& probe, const Subject& subject, const CreateTable& table) {
  if (probe.is_accepted) return true;
  const std::vector<std::string> names = sqltext::NamesIn(subject.expression);
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return table.FindColumn(name) == nullptr ||
           std::any_of(probe.values.begin(), probe.values.end(),
                       [&](const ProbeCase::Value& value) { return SameName(value.column, name); });
  });
}

absl::Status ProbeApart(const CreateTable& table, const Subject& subject,
                        const std::vector<ProbeCase>& cases, ProbeResult& result) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection apart, Connection::Open(":memory:", OpenMode::kCreate));
  std::vector<std::string> parts;
  for (const Column& column : table.columns()) {
    const bool is_not_null = SameName(column.name, subject.not_null_apart);
    parts.push_back(absl::StrCat(ColumnApart(table, column), is_not_null ? " NOT NULL" : ""));
  }
  if (!subject.apart.empty()) parts.push_back(subject.apart);
  DAYBOOK_RETURN_IF_ERROR(
      apart.Execute(absl::StrCat("CREATE TABLE ", kApart, " (", absl::StrJoin(parts, ", "), ")")));
  for (const ProbeCase& probe : cases) {
    if (!IsJudgedAlone(probe, subject, table)) continue;
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (const ProbeCase::Value& value : probe.values) {
      names.push_back(QuoteName(value.column));
      values.push_back(value.literal);
    }
    DAYBOOK_ASSIGN_OR_RETURN(
        const Verdict verdict,
        TryAndTakeBack(apart,
                       {absl::StrCat("INSERT INTO ", kApart, " (", absl::StrJoin(names, ", "),
                                     ") VALUES (", absl::StrJoin(values, ", "), ")")},
                       subject.refusal_apart));
    Judge(probe, verdict, "INSERT", result);
  }
  return absl::OkStatus();
}

absl::StatusOr<ProbeResult> Probe(Connection& database, const CreateTable& table,
                                  const Subject& subject, const std::vector<ProbeCase>& cases) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, table.name()));
  ProbeResult result;
  DAYBOOK_RETURN_IF_ERROR(ProbeInTable(database, shape, subject, cases, result));
  if (result.faults.empty() && (result.accepted == 0 || result.refused == 0)) {
    DAYBOOK_RETURN_IF_ERROR(ProbeApart(table, subject, cases, result));
  }
  if (result.faults.empty() && result.accepted == 0) {
    result.faults.emplace_back(
        "no row went in, so the refusals prove nothing; give the step accept");
  }
  if (result.faults.empty() && result.refused == 0) {
    result.faults.emplace_back("it refused nothing; give the step reject");
  }
  return result;
}

absl::StatusOr<std::optional<CreateTable>> TableOf(Connection& database, const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel model, SchemaModel::Read(database));
  const SchemaObject* const object = model.Find(SchemaObject::TABLE, name);
  if (object == nullptr) return std::nullopt;
  DAYBOOK_ASSIGN_OR_RETURN(CreateTable table, CreateTable::Parse(object->sql()));
  return table;
}

}  // namespace

absl::StatusOr<ProbeResult> ProbeCheck(Connection& database, const CheckToProve& check) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto table, TableOf(database, check.table));
  const Constraint* const constraint = table ? table->FindConstraint(check.name) : nullptr;
  if (constraint == nullptr) {
    return ProbeResult{.faults = {absl::StrCat(check.table, " has no constraint ", check.name)}};
  }
  const std::string refusal = absl::StrCat("CHECK constraint failed: ", constraint->failure_name);
  return Probe(database, *table,
               {.refusal = refusal,
                .refusal_apart = refusal,
                .apart = std::string(table->Text(constraint->range)),
                .expression = std::string(table->Text(constraint->expression))},
               ProbeCases(check.declared));
}

absl::StatusOr<ProbeResult> ProbeNotNull(Connection& database, const NotNullToProve& not_null) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto table, TableOf(database, not_null.table));
  const Column* const column = table ? table->FindColumn(not_null.column) : nullptr;
  if (column == nullptr) {
    return ProbeResult{.faults = {absl::StrCat(not_null.table, " has no ", not_null.column)}};
  }
  const std::string ending = absl::StrCat(".", column->name);
  ProbeCase null;
  null.values = {{.column = column->name, .literal = "NULL"}};
  return Probe(database, *table,
               {.refusal = absl::StrCat("NOT NULL constraint failed: ", table->name(), ending),
                .refusal_apart = absl::StrCat("NOT NULL constraint failed: ", kApart, ending),
                .not_null_apart = column->name},
               {null, {.values = {{.column = column->name, .literal = "0"}}, .is_accepted = true}});
}

}  // namespace daybook::migrator::sqlite
