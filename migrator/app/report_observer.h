#pragma once

#include "migrator/report.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::app {

// Passes what a run tells on to a report.
class ReportObserver : public sqlite::Observer {
 public:
  // `report` must outlive it.
  explicit ReportObserver(Report& report) : report_(report) {}

  void Phase(absl::string_view phase, absl::string_view text) override {
    report_.Step("phase", text, {{"phase", std::string(phase)}});
  }
  void Note(absl::string_view event, absl::string_view text, const Fields& fields) override {
    report_.Step(event, text, fields);
  }
  void Progress(absl::string_view work, uint64_t done, uint64_t all) override {
    report_.Progress(work, done, all);
  }
  void Ended(const sqlite::RunAccount& account) override {
    if (!account.backup_id.empty()) report_.record().backup_id = account.backup_id;
    report_.record().accounts.push_back(account);
    const auto phases = PhasesOf(account);
    report_.Step("times", TimesForPeople(phases), TimeFields(phases));
  }

 protected:
  Report& report() { return report_; }

 private:
  Report& report_;
};

}  // namespace daybook::migrator::app
