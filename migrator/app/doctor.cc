#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/app/commands.h"
#include "migrator/app/database_symptoms.h"
#include "migrator/app/file_symptoms.h"
#include "migrator/app/state.h"
#include "migrator/app/symptom.h"
#include "migrator/migration/migration_set.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationSet;

// The worst first; what is not among them is as bad as the first.
constexpr std::array kByGravity = {ExitCode::kHistoryMismatch, ExitCode::kNewerThanBuild,
                                   ExitCode::kUsage,           ExitCode::kResources,
                                   ExitCode::kUnreachable,     ExitCode::kBackup,
                                   ExitCode::kLockHeld,        ExitCode::kDone};

size_t RankOf(const Symptom& symptom) {
  const auto* const found = std::find(kByGravity.begin(), kByGravity.end(), symptom.code);
  return found == kByGravity.end() ? 0 : static_cast<size_t>(found - kByGravity.begin());
}

void Append(Symptoms more, Symptoms& symptoms) {
  std::move(more.begin(), more.end(), std::back_inserter(symptoms));
}

Symptom Unreadable(std::string id, const absl::Status& error) {
  return {.id = std::move(id),
          .text = std::string(error.message()),
          .next = migration::NextIn(error),
          .code = migration::ExitCodeOf(error)};
}

// A history that cannot be read is told of by LookAtHistory.
std::vector<sqlite::AppliedMigration> HistoryOf(Connection& database) {
  auto history = sqlite::ReadHistory(database);
  return history.ok() ? *std::move(history) : std::vector<sqlite::AppliedMigration>();
}

void LookAtMigrations(Connection& database, const std::vector<sqlite::AppliedMigration>& history,
                      const Options& options, Symptoms& symptoms) {
  if (options.migrations.empty()) return;
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) {
    symptoms.push_back(
        Unreadable("migrations", absl::InvalidArgumentError(set.status().message())));
    return;
  }
  Append(CompareWithMigrations(database, history, *set), symptoms);
}

Symptoms Examine(const Options& options, Report& report) {
  Symptoms symptoms = LookAround(options);
  absl::StatusOr<Connection> database = OpenForReading(options);
  if (!database.ok()) {
    symptoms.push_back(Unreadable("database", database.status()));
    return symptoms;
  }
  const auto history = HistoryOf(*database);
  Append(LookAtHistory(*database), symptoms);
  LookAtMigrations(*database, history, options, symptoms);
  Append(LookInside(*database), symptoms);
  Append(LookAtBackups(history, options, report), symptoms);
  return symptoms;
}

void Tell(const Symptom& symptom, Report& report) {
  const bool is_wrong = symptom.code != ExitCode::kDone;
  report.Step(
      "symptom",
      absl::StrCat(is_wrong ? "wrong  " : "note   ", symptom.id, "  ", symptom.text,
                   symptom.next.empty() ? "" : absl::StrCat("\n       helps: ", symptom.next)),
      {{"id", symptom.id},
       {"detail", symptom.text},
       {"severity", is_wrong ? "wrong" : "note"},
       {"code", absl::StrCat(static_cast<int>(symptom.code))},
       {"helps", symptom.next}});
}

}  // namespace

ExitCode Doctor(const Options& options, Report& report) {
  Symptoms symptoms = Examine(options, report);
  std::stable_sort(symptoms.begin(), symptoms.end(), [](const Symptom& one, const Symptom& other) {
    return RankOf(one) < RankOf(other);
  });
  for (const Symptom& symptom : symptoms) Tell(symptom, report);
  if (options.migrations.empty()) {
    report.Step("note", "the migrations were not looked at: --migrations names their folder");
  }
  const Report::Fields fields = {{"symptoms", absl::StrCat(symptoms.size())}};
  if (!symptoms.empty() && symptoms.front().code != ExitCode::kDone) {
    const Symptom& worst = symptoms.front();
    return report.Fail(Failure(worst.code, worst.text, worst.next), fields);
  }
  return report.Result(
      ExitCode::kDone, "healthy",
      symptoms.empty() ? "nothing is wrong" : "nothing is wrong, but see the notes", "", fields);
}

}  // namespace daybook::migrator::app
