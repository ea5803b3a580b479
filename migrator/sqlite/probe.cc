#include "migrator/sqlite/probe.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/probe_values.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Refusal;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

enum class Verdict {
  kAccepted,
  kRefused,         // by the constraint that is probed
  kRefusedByOther,  // which says nothing about it
};

std::optional<std::string> LiteralFor(const ProbeCase& probe, const std::string& column) {
  for (const ProbeCase::Value& value : probe.values) {
    if (SameName(value.column, column)) return value.literal;
  }
  return std::nullopt;
}

// Tries rows in one table, which holds a row to go by or needs none.
class Prober {
 public:
  Prober(Connection& database, const CheckToProve& check, TableShape shape)
      : database_(database), check_(check), shape_(std::move(shape)) {}

  // Keeps a copy of a row, by which the others are made; false where there is
  // none.
  absl::StatusOr<bool> TakeModel();
  absl::Status DropModel() { return database_.Execute("DROP TABLE temp.mig_model"); }

  // The ways to write a row, as statements; the last is the one to judge by.
  std::vector<std::string> Insert(const ProbeCase& probe) const;
  std::vector<std::string> Update(const ProbeCase& probe) const;
  std::vector<std::string> Upsert(const ProbeCase& probe) const;

  absl::StatusOr<Verdict> Try(const std::vector<std::string>& statements);

 private:
  std::string Where() const;
  static std::string Sets(const ProbeCase& probe);
  std::string InsertModel(const ProbeCase* probe) const;

  Connection& database_;
  const CheckToProve& check_;
  const TableShape shape_;
};

// The row is found by its rowid, or by its key's columns.
std::string Prober::Where() const {
  if (!shape_.rowid.empty()) {
    return absl::StrCat(shape_.rowid, " = (SELECT mig_rowid FROM temp.mig_model)");
  }
  std::vector<std::string> terms;
  for (const std::string& key : shape_.key) {
    terms.push_back(
        absl::StrCat(QuoteName(key), " = (SELECT ", QuoteName(key), " FROM temp.mig_model)"));
  }
  return absl::StrJoin(terms, " AND ");
}

absl::StatusOr<bool> Prober::TakeModel() {
  const std::string rowid = shape_.rowid.empty() ? "NULL" : shape_.rowid;
  DAYBOOK_RETURN_IF_ERROR(database_.Execute(
      absl::StrCat("CREATE TEMP TABLE mig_model AS SELECT ", rowid, " AS mig_rowid, ",
                   ColumnList(shape_.columns), " FROM ", QuoteName(shape_.name), " LIMIT 1")));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t rows,
                           database_.QueryInteger("SELECT count(*) FROM temp.mig_model"));
  return rows > 0;
}

std::string Prober::Sets(const ProbeCase& probe) {
  return absl::StrJoin(probe.values, ", ", [](std::string* out, const ProbeCase::Value& value) {
    absl::StrAppend(out, QuoteName(value.column), " = ", value.literal);
  });
}

// The model row again, with the values of `probe` in place of its own.
std::string Prober::InsertModel(const ProbeCase* probe) const {
  std::vector<std::string> names;
  std::vector<std::string> values;
  if (!shape_.rowid.empty() && !shape_.rowid_is_column) {
    names.push_back(shape_.rowid);
    values.emplace_back("mig_rowid");
  }
  for (const std::string& column : shape_.columns) {
    names.push_back(QuoteName(column));
    const auto literal = probe == nullptr ? std::nullopt : LiteralFor(*probe, column);
    values.push_back(literal.value_or(QuoteName(column)));
  }
  return absl::StrCat("INSERT INTO ", QuoteName(shape_.name), " (", absl::StrJoin(names, ", "),
                      ") SELECT ", absl::StrJoin(values, ", "), " FROM temp.mig_model WHERE 1");
}

// The model makes room first, so that no key is taken.
std::vector<std::string> Prober::Insert(const ProbeCase& probe) const {
  return {absl::StrCat("DELETE FROM ", QuoteName(shape_.name), " WHERE ", Where()),
          InsertModel(&probe)};
}

std::vector<std::string> Prober::Update(const ProbeCase& probe) const {
  return {
      absl::StrCat("UPDATE ", QuoteName(shape_.name), " SET ", Sets(probe), " WHERE ", Where())};
}

std::vector<std::string> Prober::Upsert(const ProbeCase& probe) const {
  return {absl::StrCat(InsertModel(nullptr), " ON CONFLICT (", ColumnList(shape_.key),
                       ") DO UPDATE SET ", Sets(probe))};
}

absl::StatusOr<Verdict> Prober::Try(const std::vector<std::string>& statements) {
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("SAVEPOINT mig_probe"));
  absl::Status outcome;
  for (const std::string& statement : statements) {
    if (outcome.ok()) outcome = database_.Execute(statement);
  }
  const Refusal refusal = outcome.ok() ? Refusal() : database_.LastRefusal();
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("ROLLBACK TO mig_probe; RELEASE mig_probe"));
  if (outcome.ok()) return Verdict::kAccepted;
  const bool is_refusal =
      absl::IsFailedPrecondition(outcome) || absl::IsAlreadyExists(outcome) || refusal.by_type;
  if (!is_refusal) return outcome;
  const bool is_ours =
      refusal.by_check &&
      absl::EndsWith(refusal.message, absl::StrCat("constraint failed: ", check_.name));
  return is_ours ? Verdict::kRefused : Verdict::kRefusedByOther;
}

std::string Describe(const ProbeCase& probe) {
  return absl::StrJoin(probe.values, ", ", [](std::string* out, const ProbeCase::Value& value) {
    constexpr size_t kShown = 60;
    absl::StrAppend(out, value.column, " = ", value.literal.substr(0, kShown),
                    value.literal.size() > kShown ? "…" : "");
  });
}

void Judge(const ProbeCase& probe, Verdict verdict, const std::string& way, ProbeResult& result) {
  switch (verdict) {
    case Verdict::kAccepted:
      if (probe.is_accepted) {
        ++result.accepted;
      } else {
        result.faults.push_back(absl::StrCat(way, " with ", Describe(probe), " went in"));
      }
      return;
    case Verdict::kRefused:
      if (!probe.is_accepted) {
        ++result.refused;
      } else {
        result.faults.push_back(absl::StrCat(way, " with ", Describe(probe), " was refused"));
      }
      return;
    case Verdict::kRefusedByOther:
      return;
  }
}

absl::Status ProbeAll(Prober& prober, bool has_key, const std::vector<ProbeCase>& cases,
                      ProbeResult& result) {
  for (const ProbeCase& probe : cases) {
    DAYBOOK_ASSIGN_OR_RETURN(const Verdict inserted, prober.Try(prober.Insert(probe)));
    Judge(probe, inserted, "INSERT", result);
    DAYBOOK_ASSIGN_OR_RETURN(const Verdict updated, prober.Try(prober.Update(probe)));
    Judge(probe, updated, "UPDATE", result);
    if (!has_key) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const Verdict upserted, prober.Try(prober.Upsert(probe)));
    Judge(probe, upserted, "UPSERT", result);
  }
  return absl::OkStatus();
}

// The columns of the table with the constraint alone, and one row of NULLs or
// what the constraint takes.
absl::StatusOr<ProbeResult> ProbeApart(const sqltext::CreateTable& table, const CheckToProve& check,
                                       const std::vector<ProbeCase>& cases) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection apart, Connection::Open(":memory:", OpenMode::kCreate));
  std::vector<std::string> columns;
  for (const sqltext::Column& column : table.columns()) {
    columns.push_back(absl::StrCat(QuoteName(column.name), " ", column.type));
  }
  const sqltext::Constraint* const constraint = table.FindConstraint(check.name);
  DAYBOOK_RETURN_IF_ERROR(
      apart.Execute(absl::StrCat("CREATE TABLE mig_apart (", absl::StrJoin(columns, ", "), ", ",
                                 absl::string_view(table.Text(constraint->range)), ")")));
  ProbeResult result;
  CheckToProve in_copy = check;
  in_copy.table = "mig_apart";
  DAYBOOK_ASSIGN_OR_RETURN(TableShape shape, ReadTableShape(apart, in_copy.table));
  Prober prober(apart, in_copy, shape);
  for (const ProbeCase& probe : cases) {
    std::vector<std::string> names;
    std::vector<std::string> values;
    for (const ProbeCase::Value& value : probe.values) {
      names.push_back(QuoteName(value.column));
      values.push_back(value.literal);
    }
    DAYBOOK_ASSIGN_OR_RETURN(
        const Verdict verdict,
        prober.Try({absl::StrCat("INSERT INTO mig_apart (", absl::StrJoin(names, ", "),
                                 ") VALUES (", absl::StrJoin(values, ", "), ")")}));
    Judge(probe, verdict, "INSERT", result);
  }
  return result;
}

absl::StatusOr<std::optional<sqltext::CreateTable>> TableOf(Connection& database,
                                                            const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel model, SchemaModel::Read(database));
  const SchemaObject* const object = model.Find(SchemaObject::TABLE, name);
  if (object == nullptr) return std::nullopt;
  DAYBOOK_ASSIGN_OR_RETURN(sqltext::CreateTable table, sqltext::CreateTable::Parse(object->sql()));
  return table;
}

}  // namespace

absl::StatusOr<ProbeResult> ProbeCheck(Connection& database, const CheckToProve& check) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto table, TableOf(database, check.table));
  if (!table || table->FindConstraint(check.name) == nullptr) {
    return ProbeResult{.faults = {absl::StrCat(check.table, " has no constraint ", check.name)}};
  }
  const std::vector<ProbeCase> cases = ProbeCases(check.declared);
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, check.table));
  Prober prober(database, check, shape);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_rows, prober.TakeModel());
  ProbeResult result;
  if (has_rows) {
    DAYBOOK_RETURN_IF_ERROR(ProbeAll(prober, !shape.key.empty(), cases, result));
  }
  DAYBOOK_RETURN_IF_ERROR(prober.DropModel());
  if (!has_rows) {
    DAYBOOK_ASSIGN_OR_RETURN(result, ProbeApart(*table, check, cases));
  }
  if (result.accepted == 0) {
    result.faults.emplace_back(
        "no row went in, so the refusals prove nothing; give the step accept");
  }
  if (result.refused == 0) {
    result.faults.push_back(
        absl::StrCat("nothing was refused by ", check.name, "; give the step reject"));
  }
  return result;
}

}  // namespace daybook::migrator::sqlite
