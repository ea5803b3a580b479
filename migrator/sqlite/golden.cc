#include "migrator/sqlite/golden.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migration::v1::GoldenQuery;
using ::daybook::migration::v1::Migration;

// A query is run this often, or as often as the time allows, but for once.
constexpr int kRuns = 40;
constexpr absl::Duration kTimeForOne = absl::Milliseconds(500);
constexpr absl::Duration kNoise = absl::Milliseconds(1);
constexpr double kMaxSlowdown = 1.10;
constexpr int kMoreTries = 3;

const std::string& SqlFor(const GoldenQuery& query) {
  return query.sqlite().empty() ? query.sql() : query.sqlite();
}

absl::StatusOr<GoldenRun> RunOne(Connection& database, const GoldenQuery& query) {
  GoldenRun run;
  std::vector<absl::Duration> times;
  const absl::Time begin = absl::Now();
  while (static_cast<int>(times.size()) < kRuns && absl::Now() - begin < kTimeForOne) {
    const absl::Time start = absl::Now();
    DAYBOOK_ASSIGN_OR_RETURN(run.rows, Ask(database, query.name(), SqlFor(query)));
    times.push_back(absl::Now() - start);
  }
  std::sort(times.begin(), times.end());
  run.p95 = times[times.size() * 95 / 100];
  return run;
}

absl::StatusOr<std::string> PlanOf(Connection& database, const GoldenQuery& query) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement explain,
                           database.Prepare(absl::StrCat("EXPLAIN QUERY PLAN ", SqlFor(query))));
  std::string plan;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, explain.Step());
    if (!has_row) return plan;
    // Its lines are like: SEARCH audit_logs USING INDEX idx_action (action=?)
    absl::StrAppend(&plan, explain.Bytes(3), " \n");
  }
}

bool UsesIndex(const std::string& plan, const std::string& index) {
  return absl::StrContains(plan, absl::StrCat(" INDEX ", index, " "));
}

bool IsSlower(const GoldenQuery& query, const GoldenRun& before, const GoldenRun& after) {
  const double allowed = query.max_slowdown() != 0 ? query.max_slowdown() : kMaxSlowdown;
  return after.p95 > before.p95 * allowed && after.p95 - before.p95 > kNoise;
}

// What is slow once may be the machine's fault: it counts when it stays so.
absl::StatusOr<GoldenRun> RunAgainWhileSlower(Connection& database, const GoldenQuery& query,
                                              const GoldenRun& before, GoldenRun after) {
  for (int again = 0; again < kMoreTries && IsSlower(query, before, after); ++again) {
    DAYBOOK_ASSIGN_OR_RETURN(const GoldenRun next, RunOne(database, query));
    after.p95 = std::min(after.p95, next.p95);
  }
  return after;
}

// What is wrong with a query that could be run before as well.
std::vector<std::string> Compare(const GoldenQuery& query, const GoldenRun& before,
                                 const GoldenRun& after) {
  std::vector<std::string> faults;
  if (!query.rows_may_differ() && before.rows != after.rows) {
    faults.push_back(absl::StrCat("golden query `", query.name(), "` returns other rows"));
  }
  if (IsSlower(query, before, after)) {
    faults.push_back(absl::StrCat("golden query `", query.name(), "` took ",
                                  absl::FormatDuration(before.p95), " (p95) and takes ",
                                  absl::FormatDuration(after.p95)));
  }
  return faults;
}

}  // namespace

absl::StatusOr<std::map<std::string, GoldenRun>> RunGoldenQueries(Connection& database,
                                                                  const Migration& migration) {
  std::map<std::string, GoldenRun> runs;
  for (const GoldenQuery& query : migration.golden_query()) {
    absl::StatusOr<GoldenRun> run = RunOne(database, query);
    if (absl::IsFailedPrecondition(run.status())) continue;
    if (!run.ok()) return run.status();
    runs[query.name()] = *std::move(run);
  }
  return runs;
}

absl::StatusOr<std::vector<std::string>> GoldenFaults(
    Connection& database, const Migration& migration,
    const std::map<std::string, GoldenRun>& before) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto after, RunGoldenQueries(database, migration));
  std::vector<std::string> faults;
  for (const GoldenQuery& query : migration.golden_query()) {
    const auto now = after.find(query.name());
    if (now == after.end()) {
      faults.push_back(absl::StrCat("golden query `", query.name(), "` cannot be run"));
      continue;
    }
    if (const auto was = before.find(query.name()); was != before.end()) {
      DAYBOOK_ASSIGN_OR_RETURN(const GoldenRun run,
                               RunAgainWhileSlower(database, query, was->second, now->second));
      const std::vector<std::string> found = Compare(query, was->second, run);
      faults.insert(faults.end(), found.begin(), found.end());
    } else if (!query.rows_may_differ()) {
      faults.push_back(absl::StrCat("golden query `", query.name(),
                                    "` could not be run before;"
                                    " rows_may_differ says that this is meant"));
    }
    DAYBOOK_ASSIGN_OR_RETURN(const std::string plan, PlanOf(database, query));
    for (const std::string& index : query.uses_index()) {
      if (UsesIndex(plan, index)) continue;
      faults.push_back(
          absl::StrCat("golden query `", query.name(), "` does not use index ", index));
    }
  }
  return faults;
}

}  // namespace daybook::migrator::sqlite
