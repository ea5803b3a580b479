#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "migrator/app/options.h"
#include "migrator/process/child.h"
#include "migrator/report.h"

namespace daybook::migrator::app {

// Has the commands of --hook told what happens: each gets the event as JSON on its
// standard input and its name in DAYBOOK_MIGRATE_EVENT. What fails is a warning in
// the report.
//
// Thread-compatible.
class Hooks {
 public:
  using Fields = Report::Fields;

  // Both must outlive it.
  Hooks(const Options& options, Report& report) : options_(options), report_(report) {}

  // Before anything is changed, and waits: "planned", "starting". kRefused where
  // a hook fails and hooks are required; CANCELLED where it is asked to stop.
  absl::Status Ask(absl::string_view event, const Fields& fields);

  // While something is being changed. Waits for nobody: a hook that is still
  // busy with the last one hears nothing.
  void Mention(absl::string_view event, const Fields& fields);

  // Once all is over, and waits, unless the program is asked to stop: then hooks
  // are started and left to themselves.
  void Conclude(absl::string_view event, const Fields& fields);

 private:
  process::Command CommandFor(const std::string& hook, absl::string_view event,
                              const Fields& fields) const;
  absl::Status Run(const std::string& hook, absl::string_view event, const Fields& fields);

  const Options& options_;
  Report& report_;
  // What Mention started, for each hook.
  std::vector<std::optional<process::Child>> busy_;
};

}  // namespace daybook::migrator::app
