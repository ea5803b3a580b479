#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "daybook/migration/v1/migration.pb.h"
#include "db/sqlite/connection.h"
#include "migrator/sqlite/conservation.h"
#include "migrator/sqlite/golden.h"
#include "migrator/sqlite/plan.h"
#include "migrator/sqlite/questions.h"

namespace daybook::migrator::sqlite {

// What must be the same after a migration, besides the rows.
struct Remembered {
  int64_t last_kept_row = 0;  // in mig_quarantine
  std::map<std::string, int64_t> sequences;
  std::multiset<std::string> foreign_key_violations;
};

absl::StatusOr<Remembered> Remember(db::sqlite::Connection& database);

// What the questions of a migration were answered before it; on the way down
// nothing is asked.
struct Answers {
  std::map<std::string, Answer> invariants;
  std::map<std::string, GoldenRun> golden_queries;
};

absl::StatusOr<Answers> AskBefore(db::sqlite::Connection& database, const Plan& plan,
                                  const migration::v1::Migration& migration);

// What verification found.
struct Findings {
  int passed = 0;
  std::vector<std::string> failed;
  std::vector<std::string> warned;
};

// Whether the schema is, object by object, what the plan says.
absl::StatusOr<Findings> VerifySchema(db::sqlite::Connection& database, const Plan& plan);

// How far the proof of constraints goes.
enum class Depth {
  kRows,           // all rows are looked at, and nothing is written
  kProbes,         // rows are tried; the same transaction has looked at those there
  kRowsAndProbes,  // both
};

// Whether the plan's constraints are what was declared, hold for all rows, and are
// enforced. With probes inside a transaction, with triggers and foreign keys off.
absl::StatusOr<Findings> VerifyConstraints(db::sqlite::Connection& database, const Plan& plan,
                                           Depth depth);

// Whether the plan's foreign keys are enforced as they were declared. Outside a
// transaction; leaves no trace.
absl::StatusOr<Findings> VerifyForeignKeys(db::sqlite::Connection& database, const Plan& plan);

// Whether everything else is as it was: rows, sequences, references; and whether
// every row that is not is kept as it was.
absl::StatusOr<Findings> VerifyKept(db::sqlite::Connection& database, const Plan& plan,
                                    Conservation& books, const Remembered& before);

// Whether the migration's own questions are answered as they must be: invariants,
// assertions, golden queries.
absl::StatusOr<Findings> VerifyAnswers(db::sqlite::Connection& database, const Plan& plan,
                                       const migration::v1::Migration& migration,
                                       const Answers& before);

void Append(const Findings& more, Findings& findings);

}  // namespace daybook::migrator::sqlite
