#include "migrator/app/blues.h"

#include "absl/strings/str_cat.h"

#include "migrator/green/place.h"
#include "migrator/sqlite/plan_text.h"

namespace daybook::migrator::app {

void RemoveOldBlues(const std::vector<sqlite::AppliedMigration>& history, const Options& options,
                    sqlite::Observer& observer) {
  const bool has_blue =
      !history.empty() &&
      history.back().strategy == sqlite::StrategyName(sqlite::Plan::Strategy::kBlueGreen);
  if (has_blue) observer.Phase("clean_up", "removing what is no longer of use");
  const auto removed =
      green::RemoveBlues(options.database, has_blue ? history.back().version - 1 : -1);
  if (!removed.ok()) return observer.Note("warning", removed.status().message(), {});
  for (const std::string& name : *removed) {
    observer.Note("blue_removed", absl::StrCat("removed ", name, ", which leads back no longer"),
                  {{"file", name}});
  }
}

}  // namespace daybook::migrator::app
