#pragma once

#include "migrator/report.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::app {

// Passes what a run tells on to a report.
class ReportObserver final : public sqlite::Observer {
 public:
  // `report` must outlive it.
  explicit ReportObserver(Report& report) : report_(report) {}

  void Phase(absl::string_view phase, absl::string_view text) override {
    report_.Step("phase", text, {{"phase", std::string(phase)}});
  }
  void Note(absl::string_view event, absl::string_view text, const Fields& fields) override {
    report_.Step(event, text, fields);
  }

 private:
  Report& report_;
};

}  // namespace daybook::migrator::app
