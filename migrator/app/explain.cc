#include "migrator/app/explain.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/app/markdown.h"
#include "migrator/app/preflight.h"
#include "migrator/app/rehearsal_file.h"
#include "migrator/app/space.h"
#include "migrator/app/step_words.h"
#include "migrator/migration/risk.h"
#include "migrator/sqlite/plan_text.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::v1::Migration;

constexpr double kMicrosASecond = 1e6;

// What people ask each other before the day.
constexpr char kChecklist[] =
    "## Before\n\n"
    "- [ ] Who runs the commands, who decides on the way back, and who tells the users\n"
    "- [ ] When, for how long writers may wait, and after how long it is taken back\n"
    "- [ ] The rehearsal has passed on the real data, with the application's own tests (`--exec`)\n"
    "- [ ] The backups' folder and, where they are encrypted, the key are at hand\n"
    "- [ ] The applications that write to the database are stopped, or can wait\n\n";

constexpr char kWhenNot[] =
    "## When a command ends with another code than 0\n\n"
    "| code | what it means | what to do |\n"
    "|---|---|---|\n"
    "| 4, 5 | the database is not what these migrations expect; nothing was changed |"
    " `status` and `history` say why |\n"
    "| 10, 11, 12 | rows, space, permission or an approval are in the way; nothing was changed |"
    " the last line says what helps |\n"
    "| 20, 21, 23 | unreachable, or others are at work; nothing was changed | `wait`, then again "
    "|\n"
    "| 30, 31, 33, 130, 143 | failed or stopped; rolled back, everything is as before |"
    " mend the cause, rehearse again |\n"
    "| 32 | failed after its commit | the last line names the backup to restore |\n"
    "| 40 | no verified backup; nothing was changed | mend the folder of the backups |\n\n"
    "`daybook-migrate report` collects what a review needs afterwards.\n";

std::string Seconds(int64_t micros) {
  return absl::StrFormat("%.2f s", static_cast<double>(micros) / kMicrosASecond);
}

// The last successful rehearsal that applied this plan.
std::optional<Rehearsal> RehearsalOf(const std::vector<Rehearsal>& rehearsals,
                                     const std::string& hash) {
  for (const Rehearsal& rehearsal : rehearsals) {
    const auto& all = rehearsal.migration();
    const bool is_of_it = std::any_of(all.begin(), all.end(),
                                      [&](const auto& one) { return one.plan_hash() == hash; });
    if (is_of_it && rehearsal.verdict() == Rehearsal::PASSED) return rehearsal;
  }
  return std::nullopt;
}

int64_t MicrosOfPhases(const Rehearsal& rehearsal, int version, bool is_down) {
  int64_t micros = 0;
  for (const auto& phase : rehearsal.phase()) {
    if (phase.version() != version || phase.is_down() != is_down) continue;
    if (phase.name() != "compare") micros += phase.duration_us();
  }
  return micros;
}

std::string Durations(const std::optional<Rehearsal>& rehearsal, int version) {
  if (!rehearsal) return "not measured yet: `daybook-migrate rehearse` does";
  std::string text =
      absl::StrCat(Seconds(MicrosOfPhases(*rehearsal, version, false)), " and the backup");
  if (rehearsal->has_back_to_version() && rehearsal->back_to_version() < version) {
    absl::StrAppend(&text, "; the way back ", Seconds(MicrosOfPhases(*rehearsal, version, true)));
  }
  return absl::StrCat(text, ", in the rehearsal of ", FormatTime(MicrosOf(rehearsal->ended_at())));
}

// The Markdown of one runbook.
class Runbook {
 public:
  // All must outlive it.
  Runbook(const State& state, const Options& options, const std::vector<Prepared>& plans)
      : state_(state), options_(options), plans_(plans) {
    std::vector<std::string> unreadable;
    rehearsals_ = ListRehearsals(options, unreadable);
  }

  std::string Write(const std::vector<Check>& checks);

 private:
  void AddOverview(const std::vector<Check>& checks);
  void AddMigration(const Prepared& prepared);
  void AddSteps(const Migration& migration);
  void AddChecks(const std::vector<Check>& checks);
  void AddWayBack(const Migration& migration);
  void AddCommands();
  int From() const { return state_.version(); }
  int To() const { return plans_.back().plan.version; }

  const State& state_;
  const Options& options_;
  const std::vector<Prepared>& plans_;
  std::vector<Rehearsal> rehearsals_;
  std::string text_;
};

std::string Runbook::Write(const std::vector<Check>& checks) {
  AddOverview(checks);
  for (const Prepared& prepared : plans_) AddMigration(prepared);
  absl::StrAppend(&text_, kChecklist);
  AddCommands();
  absl::StrAppend(&text_, kWhenNot);
  return text_;
}

void Runbook::AddOverview(const std::vector<Check>& checks) {
  const std::string name = std::filesystem::path(options_.database).filename().string();
  Migration::Risk risk = Migration::NONE;
  for (const Prepared& prepared : plans_) {
    risk = std::max(risk, migration::RiskOf(prepared.file->migration));
  }
  absl::StrAppend(&text_, "# Runbook: ", name, ", from version ", From(), " to ", To(),
                  "\n\nMade from the migrations and the database by daybook-migrate ",
                  options_.build, ", ", FormatTime(FloorToMicros(options_.clock.Now())),
                  ". What it says holds as long as the plan hashes do.\n\n");
  absl::StrAppend(&text_, "- **Risk:** ", RiskName(risk), "\n",
                  "- **Writers** wait from the backup to the commit of each migration. Readers go"
                  " on in WAL mode; in other modes they wait for the commit.\n",
                  "- **Other migrators** and services that hold `<database>.service.lock` are kept"
                  " away.\n");
  AddChecks(checks);
  absl::StrAppend(&text_, "\n");
}

void Runbook::AddChecks(const std::vector<Check>& checks) {
  for (const Check& check : checks) {
    if (check.verdict == Check::Verdict::kFailed) {
      absl::StrAppend(&text_, "- **In the way:** ", check.text, "\n");
    } else if (check.verdict == Check::Verdict::kWarned || absl::StartsWith(check.id, "space:")) {
      absl::StrAppend(&text_, "- ", check.text, "\n");
    }
  }
}

void Runbook::AddSteps(const Migration& migration) {
  absl::StrAppend(&text_, "| | what changes | why |\n|---|---|---|\n");
  int number = 0;
  for (const auto& step : migration.step()) {
    const StepWords words = WordsOf(step);
    absl::StrAppend(&text_, "| ", ++number, " | ", InCell(words.what), " | ", InCell(words.why),
                    " |\n");
  }
  absl::StrAppend(&text_, "\n");
}

void Runbook::AddWayBack(const Migration& migration) {
  const std::string one_way = WhyOneWay(migration);
  if (one_way.empty()) {
    absl::StrAppend(&text_, "- **Way back:** `daybook-migrate rollback --to ",
                    migration.version() - 1, "`, one transaction. Rows that were taken out or",
                    " changed are kept in `mig_quarantine`, tables and columns that went in",
                    " `mig_archive`; both come back.\n\n");
  } else {
    absl::StrAppend(&text_, "- **No way back** but the backup: ", one_way, "\n\n");
  }
}

void Runbook::AddMigration(const Prepared& prepared) {
  const Migration& migration = prepared.file->migration;
  const std::string hash = sqlite::HashOf(prepared.plan, prepared.file->checksum);
  absl::StrAppend(&text_, "## Version ", migration.version(), ": ", migration.name(), "\n\n");
  if (!migration.description().empty()) absl::StrAppend(&text_, migration.description(), "\n\n");
  AddSteps(migration);
  absl::StrAppend(&text_, "- **Risk:** ", RiskName(migration::RiskOf(migration)),
                  "\n- **Strategy:** ", sqlite::StrategyName(prepared.plan.strategy),
                  "\n- **Plan hash:** `", hash, "`\n- **Expected duration:** ",
                  Durations(RehearsalOf(rehearsals_, hash), migration.version()), "\n");
  if (!migration.author().empty()) {
    absl::StrAppend(&text_, "- **Author:** ", migration.author(), " ", migration.date(), "\n");
  }
  AddChecks(prepared.checks);
  AddWayBack(migration);
}

void Runbook::AddCommands() {
  absl::StrAppend(&text_,
                  "## Commands, in order\n\n"
                  "With `DAYBOOK_MIGRATE_DATABASE`, `DAYBOOK_MIGRATE_MIGRATIONS` and"
                  " `DAYBOOK_MIGRATE_BACKUP_DIR` set. Each must end with 0.\n\n```sh\n",
                  "daybook-migrate preflight --to ", To(), "\n", "daybook-migrate test --to ", To(),
                  "        # up, down and up again on a copy\n", "daybook-migrate rehearse --to ",
                  To(), " --exec ./smoke.sh\n", "daybook-migrate apply --to ", To(),
                  " --require-rehearsal 48h\n", "daybook-migrate verify\n");
  absl::StrAppend(&text_, "```\n\nTo go back:\n\n```sh\ndaybook-migrate rollback --to ", From(),
                  "\n```\n\n");
}

}  // namespace

ExitCode Explain(Connection& database, const State& state, const Options& options, Report& report) {
  auto checks = CheckDatabase(database, state, options);
  if (!checks.ok()) return report.Fail(checks.status());
  const auto plans = PrepareAll(database, state, options);
  if (!plans.ok()) return report.Fail(plans.status());
  const auto space = CheckSpace(database, options, *plans);
  if (!space.ok()) return report.Fail(space.status());
  checks->insert(checks->end(), space->begin(), space->end());
  report.Step("runbook", Runbook(state, options, *plans).Write(*checks));
  return report.Result(ExitCode::kDone, "explained", "", "",
                       {{"pending", absl::StrCat(plans->size())}});
}

}  // namespace daybook::migrator::app
