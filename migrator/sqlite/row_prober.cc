#include "migrator/sqlite/row_prober.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Refusal;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

std::optional<std::string> LiteralFor(const ProbeCase::Values& values, const std::string& column) {
  for (const ProbeCase::Value& value : values) {
    if (SameName(value.column, column)) return value.literal;
  }
  return std::nullopt;
}

std::string Sets(const ProbeCase::Values& values) {
  return absl::StrJoin(values, ", ", [](std::string* out, const ProbeCase::Value& value) {
    absl::StrAppend(out, QuoteName(value.column), " = ", value.literal);
  });
}

}  // namespace

absl::StatusOr<RowProber::Verdict> TryAndTakeBack(Connection& database,
                                                  const std::vector<std::string>& statements,
                                                  const std::string& refusal) {
  DAYBOOK_RETURN_IF_ERROR(database.Execute("SAVEPOINT mig_probe"));
  absl::Status outcome;
  int64_t before = 0;
  for (const std::string& statement : statements) {
    before = database.TotalChanges();
    if (outcome.ok()) outcome = database.Execute(statement);
  }
  const Refusal told = outcome.ok() ? Refusal() : database.LastRefusal();
  const bool wrote = database.TotalChanges() > before;
  DAYBOOK_RETURN_IF_ERROR(database.Execute("ROLLBACK TO mig_probe; RELEASE mig_probe"));
  // A statement that found no row to write says nothing.
  if (outcome.ok()) {
    return wrote ? RowProber::Verdict::kAccepted : RowProber::Verdict::kRefusedByOther;
  }
  const bool is_refusal =
      absl::IsFailedPrecondition(outcome) || absl::IsAlreadyExists(outcome) || told.by_type;
  if (!is_refusal) return outcome;
  return told.message == refusal ? RowProber::Verdict::kRefused
                                 : RowProber::Verdict::kRefusedByOther;
}

absl::StatusOr<std::optional<RowProber>> RowProber::Open(Connection& database,
                                                         const TableShape& shape,
                                                         const std::string& refusal) {
  // Without both its rows cannot be told apart.
  if (shape.rowid.empty() && shape.key.empty()) return std::nullopt;
  DAYBOOK_RETURN_IF_ERROR(database.Execute(
      absl::StrCat("CREATE TEMP TABLE mig_model AS SELECT ",
                   shape.has_hidden_rowid() ? absl::StrCat(shape.rowid, " AS mig_rowid, ") : "",
                   ColumnList(shape.columns), " FROM ", QuoteName(shape.name), " LIMIT 1")));
  RowProber prober(database, shape, refusal);
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t rows,
                           database.QueryInteger("SELECT count(*) FROM temp.mig_model"));
  if (rows > 0) return prober;
  DAYBOOK_RETURN_IF_ERROR(prober.Close());
  return std::nullopt;
}

absl::Status RowProber::Close() { return database_.Execute("DROP TABLE temp.mig_model"); }

// The row is found by its rowid, or by its key's columns.
std::string RowProber::Where() const {
  if (shape_.has_hidden_rowid()) {
    return absl::StrCat(shape_.rowid, " = (SELECT mig_rowid FROM temp.mig_model)");
  }
  return absl::StrJoin(shape_.key, " AND ", [](std::string* out, const std::string& key) {
    absl::StrAppend(out, QuoteName(key), " = (SELECT ", QuoteName(key), " FROM temp.mig_model)");
  });
}

// A constraint's own ON CONFLICT clause would skip or replace rows instead.
std::string RowProber::InsertModel(const ProbeCase::Values& values) const {
  std::vector<std::string> names;
  std::vector<std::string> sources;
  if (shape_.has_hidden_rowid()) {
    names.push_back(shape_.rowid);
    sources.emplace_back("mig_rowid");
  }
  for (const std::string& column : shape_.columns) {
    names.push_back(QuoteName(column));
    sources.push_back(LiteralFor(values, column).value_or(QuoteName(column)));
  }
  return absl::StrCat("INSERT OR ABORT INTO ", QuoteName(shape_.name), " (",
                      absl::StrJoin(names, ", "), ") SELECT ", absl::StrJoin(sources, ", "),
                      " FROM temp.mig_model WHERE 1");
}

// The model makes room first, so that no key is taken.
absl::StatusOr<RowProber::Verdict> RowProber::Insert(const ProbeCase::Values& values) {
  return TryAndTakeBack(database_,
                        {absl::StrCat("DELETE FROM ", QuoteName(shape_.name), " WHERE ", Where()),
                         InsertModel(values)},
                        refusal_);
}

absl::StatusOr<RowProber::Verdict> RowProber::Update(const ProbeCase::Values& values) {
  return TryAndTakeBack(database_,
                        {absl::StrCat("UPDATE OR ABORT ", QuoteName(shape_.name), " SET ",
                                      Sets(values), " WHERE ", Where())},
                        refusal_);
}

absl::StatusOr<RowProber::Verdict> RowProber::Upsert(const ProbeCase::Values& values) {
  return TryAndTakeBack(
      database_, {absl::StrCat(InsertModel({}), " ON CONFLICT DO UPDATE SET ", Sets(values))},
      refusal_);
}

}  // namespace daybook::migrator::sqlite
