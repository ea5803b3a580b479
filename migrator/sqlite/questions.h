#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/migration/v1/migration.pb.h"
#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

// What a migration asks of the rows besides its constraints.

// The rows that a question returned, as lines, sorted.
using Answer = std::vector<std::string>;

// FAILED_PRECONDITION where the question `name` cannot be asked.
absl::StatusOr<Answer> Ask(db::sqlite::Connection& database, const std::string& name,
                           const std::string& sql);

// The answers to the invariants, by name. FAILED_PRECONDITION where one cannot
// be asked.
absl::StatusOr<std::map<std::string, Answer>> AskInvariants(
    db::sqlite::Connection& database, const migration::v1::Migration& migration);

// A sentence for each invariant whose answer has moved by more than it may.
std::vector<std::string> MovedInvariants(const migration::v1::Migration& migration,
                                         const std::map<std::string, Answer>& before,
                                         const std::map<std::string, Answer>& after);

// What the rows say to the assertions that are checked at `moment`.
struct AssertionResult {
  std::string name;
  migration::v1::Assertion::Severity severity = migration::v1::Assertion::ERROR;
  int64_t rows = 0;  // that break it
};
absl::StatusOr<std::vector<AssertionResult>> CheckAssertions(
    db::sqlite::Connection& database, const migration::v1::Migration& migration,
    migration::v1::Assertion::Moment moment);

}  // namespace daybook::migrator::sqlite
