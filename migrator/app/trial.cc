#include "migrator/app/trial.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/app/proof.h"
#include "migrator/app/roll_back.h"
#include "migrator/app/state.h"
#include "migrator/app/step_words.h"
#include "migrator/sqlite/run.h"

namespace daybook::migrator::app {
namespace {

// Whether what it did can be undone.
bool HasWayBack(const sqlite::AppliedMigration& applied) {
  return applied.strategy != sqlite::kBaseline && WhyOneWay(applied.content).empty();
}

}  // namespace

void Trial::Fault(std::string text) {
  report_.Step("fault", text);
  faults_.push_back(std::move(text));
}

absl::Status Trial::Reach(int version, absl::string_view how) {
  observer_.Phase("compare", absl::StrCat("reading what version ", version, " holds"));
  DAYBOOK_ASSIGN_OR_RETURN(Holdings holdings, ReadHoldings(database_));
  const auto first = reached_.find(version);
  if (first == reached_.end()) {
    reached_.emplace(version, std::move(holdings));
    return absl::OkStatus();
  }
  for (const std::string& difference : Differences(first->second, holdings)) {
    Fault(
        absl::StrCat("version ", version, ", ", how, ", is not what it was before: ", difference));
  }
  return absl::OkStatus();
}

absl::Status Trial::Begin() {
  DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database_, set_, options_));
  return Reach(state.version(), "as found");
}

absl::Status Trial::Up(int to) {
  Options options = options_;
  options.to = to;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database_, set_, options));
    if (state.pending.empty()) return absl::OkStatus();
    Options one = options_;
    one.to = state.pending.front()->migration.version();
    Applier applier(database_, set_, one, report_, observer_);
    const absl::Status done =
        applier.ApplyPending([](const Prepared&) { return absl::OkStatus(); });
    applied_.insert(applied_.end(), applier.applied().begin(), applier.applied().end());
    DAYBOOK_RETURN_IF_ERROR(done);
    DAYBOOK_RETURN_IF_ERROR(Reach(one.to, "applied again"));
  }
}

absl::Status Trial::Down(int to) {
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database_, set_, options_));
    if (state.version() <= to) return absl::OkStatus();
    const int next = state.version() - 1;
    DAYBOOK_RETURN_IF_ERROR(RollBackTo(next, database_, set_, options_, report_, observer_));
    DAYBOOK_RETURN_IF_ERROR(Reach(next, "on the way back"));
  }
}

absl::Status Trial::Prove() {
  observer_.Phase("prove", "proving what is applied");
  DAYBOOK_ASSIGN_OR_RETURN(const sqlite::Findings findings, ProveApplied(options_, set_));
  for (const std::string& failed : findings.failed) Fault(failed);
  return absl::OkStatus();
}

absl::StatusOr<int> Trial::Floor() {
  DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database_, set_, options_));
  int floor = 0;
  for (const sqlite::AppliedMigration& applied : state.history) {
    if (!HasWayBack(applied)) floor = applied.version;
  }
  return floor;
}

}  // namespace daybook::migrator::app
