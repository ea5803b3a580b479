#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "migrator/migration/rule.h"
#include "migrator/migration/sql_piece.h"
#include "migrator/sqltext/name.h"

namespace daybook::migration {
namespace {

// Calls `judge(piece, i)` for every token of what steps run on either engine.
template <typename Judge>
void ForEachToken(const Subject& subject, Judge judge) {
  for (const SqlPiece& piece : subject.sql()) {
    if (piece.use() != SqlUse::kStatements) continue;
    for (size_t i = 0; i < piece.size(); ++i) judge(piece, i);
  }
}

void JudgeInsertOrIgnore(const Subject& subject, Report report) {
  ForEachToken(subject, [&](const SqlPiece& piece, size_t i) {
    if (piece.At(i, "OR", "IGNORE") || piece.At(i, "REPLACE", "INTO") ||
        piece.At(i, "UPDATE", "OR", "REPLACE") || piece.At(i, "CONFLICT", "IGNORE") ||
        piece.At(i, "CONFLICT", "REPLACE") || piece.At(i, "DO", "NOTHING")) {
      report(piece.place(), piece.Locate(i, absl::StrCat(piece.TextAt(i), " ", piece.TextAt(i + 1),
                                                         " loses rows without a word")));
    }
  });
}

void JudgeNotIn(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    for (size_t i = 0; i < piece.size(); ++i) {
      if (piece.At(i, "NOT", "IN", "(", "SELECT") || piece.At(i, "NOT", "IN", "(", "WITH")) {
        report(piece.place(),
               piece.Locate(i, "NOT IN (subquery) finds nothing once the subquery gives a NULL"));
      }
    }
  }
}

void JudgeTransactionControl(const Subject& subject, Report report) {
  static constexpr std::array<absl::string_view, 13> kWords = {
      "BEGIN",   "START",  "COMMIT", "END",    "ROLLBACK", "ABORT", "SAVEPOINT",
      "RELEASE", "PRAGMA", "ATTACH", "DETACH", "PREPARE",  "VACUUM"};
  for (const SqlPiece& piece : subject.sql()) {
    if (piece.use() != SqlUse::kStatements) continue;
    const auto* step = Enclosing<v1::RunSql>(piece.place());
    for (const Statement& statement : StatementsOf(piece)) {
      const bool may_vacuum = piece.At(statement.begin, "VACUUM") && step->outside_transaction();
      if (!piece.AtAny(statement.begin, kWords) || may_vacuum) continue;
      report(piece.place(),
             piece.Locate(statement.begin,
                          absl::StrCat(piece.TextAt(statement.begin),
                                       " takes the transaction out of the migrator's hands")));
    }
  }
}

void JudgeConcurrently(const Subject& subject, Report report) {
  ForEachToken(subject, [&](const SqlPiece& piece, size_t i) {
    const auto* step = Enclosing<v1::RunSql>(piece.place());
    if (piece.on_postgres() && piece.At(i, "CONCURRENTLY") && !step->outside_transaction()) {
      report(piece.place(),
             piece.Locate(i, "PostgreSQL runs CONCURRENTLY only outside a transaction"));
    }
  });
}

void JudgeManyOutside(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    if (piece.use() != SqlUse::kStatements || !piece.on_postgres()) continue;
    if (!Enclosing<v1::RunSql>(piece.place())->outside_transaction()) continue;
    if (StatementsOf(piece).size() > 1) {
      report(piece.place(), "outside a transaction there is one statement, not several");
    }
  }
}

void JudgeValidateTogether(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    if (piece.use() != SqlUse::kStatements || !piece.on_postgres()) continue;
    bool adds = false;
    bool validates = false;
    for (size_t i = 0; i < piece.size(); ++i) {
      adds = adds || piece.At(i, "NOT", "VALID");
      validates = validates || piece.At(i, "VALIDATE", "CONSTRAINT");
    }
    if (adds && validates) {
      report(piece.place(), "NOT VALID and VALIDATE in one transaction keep the strongest lock");
    }
  }
}

void JudgeQueries(const Subject& subject, Report report) {
  static constexpr std::array<absl::string_view, 3> kWords = {"SELECT", "WITH", "VALUES"};
  for (const SqlPiece& piece : subject.sql()) {
    if (piece.use() != SqlUse::kQuery) continue;
    const std::vector<Statement> statements = StatementsOf(piece);
    if (statements.size() != 1 || !piece.AtAny(statements.front().begin, kWords)) {
      report(piece.place(), "is not one SELECT");
    }
  }
}

// The tables that a piece creates, or its migration with a step of its own.
std::set<std::string> CreatedTables(const SqlPiece& piece) {
  std::set<std::string> created;
  for (const v1::Step& step : piece.place().file->migration.step()) {
    created.insert(sqltext::FoldName(step.create_table().name()));
  }
  for (const Statement& statement : StatementsOf(piece)) {
    if (!piece.At(statement.begin, "CREATE")) continue;
    created.insert(NameAt(piece, TableNameAt(piece, statement)));
  }
  return created;
}

// Where the table stands whose rows the words at `i` change; 0 where they
// change none.
size_t ChangedTableAt(const SqlPiece& piece, const Statement& statement, size_t i) {
  if (piece.At(i, "INSERT", "INTO") || piece.At(i, "REPLACE", "INTO") ||
      piece.At(i, "DELETE", "FROM") || piece.At(i, "MERGE", "INTO")) {
    return i + 2;
  }
  if (piece.At(i, "INSERT", "OR")) return i + 4;
  const bool is_first =
      i == statement.begin || (piece.At(statement.begin, "WITH") && piece.At(i - 1, ")"));
  if (!is_first) return 0;
  if (piece.At(i, "UPDATE", "OR")) return i + 3;
  if (piece.At(i, "UPDATE", "ONLY") || piece.At(i, "TRUNCATE", "TABLE")) return i + 2;
  return piece.At(i, "UPDATE") || piece.At(i, "TRUNCATE") ? i + 1 : 0;
}

// Where a piece changes rows of tables that it does not create.
std::vector<size_t> ChangesIn(const SqlPiece& piece) {
  std::vector<size_t> changes;
  const std::set<std::string> created = CreatedTables(piece);
  for (const Statement& statement : StatementsOf(piece)) {
    if (piece.At(statement.begin, "CREATE")) continue;  // triggers and functions do it later
    for (size_t i = statement.begin; i < statement.end; ++i) {
      const size_t at = ChangedTableAt(piece, statement, i);
      if (at != 0 && !created.contains(NameAt(piece, at))) changes.push_back(at);
    }
  }
  return changes;
}

void JudgeUndeclaredChanges(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    const auto* step = Enclosing<v1::RunSql>(piece.place());
    if (step == nullptr || piece.place().message != &step->up()) continue;
    std::set<std::string> told;
    for (const std::string& table : step->changes_table()) told.insert(sqltext::FoldName(table));
    for (const size_t at : ChangesIn(piece)) {
      const std::string table = NameAt(piece, at);
      if (!told.insert(table).second) continue;
      report(piece.place(), piece.Locate(at, absl::StrCat("changes rows of ", table)));
    }
  }
}

constexpr std::array<Rule, 8> kStatementRules = {{
    {"insert-or-ignore", Severity::kError,
     "let the statement fail, or say in WHERE which rows are meant", JudgeInsertOrIgnore},
    {"not-in-subquery", Severity::kError, "use NOT EXISTS", JudgeNotIn},
    {"transaction-control", Severity::kError,
     "take it out: the migrator begins, commits and rolls back, and sets what it needs",
     JudgeTransactionControl},
    {"concurrently-in-transaction", Severity::kError,
     "set outside_transaction, or use a create_index step", JudgeConcurrently},
    {"outside-transaction-many", Severity::kError, "make each statement a step", JudgeManyOutside},
    {"not-valid-and-validate-together", Severity::kError,
     "validate in a later step, which is a transaction of its own, or use add_check",
     JudgeValidateTogether},
    {"not-a-select", Severity::kError, "ask with one SELECT", JudgeQueries},
    {"undeclared-change", Severity::kWarning,
     "name the table in changes_table, or `-- changes:` in the first comment: verification "
     "expects the rows of all others as they were",
     JudgeUndeclaredChanges},
}};

}  // namespace

std::span<const Rule> StatementRules() { return kStatementRules; }

}  // namespace daybook::migration
