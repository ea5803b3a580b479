#include <cstdlib>
#include <iostream>
#include <optional>

#include <sys/stat.h>

#include "daybookd/config.h"
#include "daybookd/daemon.h"
#include "daybookd/library_log.h"
#include "daybookd/open_files.h"
#include "daybookd/rules.h"
#include "daybookd/signals.h"

int main(int argc, char** argv) {
  umask(0027);  // what the log holds is not for everyone on the machine
  daybook::daybookd::BlockSignals();
  daybook::daybookd::TameLibraryLogs();
  daybook::daybookd::RaiseFileLimit();
  int exit_code = 0;
  const std::optional<daybook::daybookd::Config> config =
      daybook::daybookd::ReadConfig(argc, argv, exit_code);
  if (!config) return exit_code;
  if (config->print_config) {
    std::cout << daybook::daybookd::PrintConfig(*config);
    return 0;
  }
  if (!config->check_rules.empty()) return daybook::daybookd::CheckRules(config->check_rules);
  // Where SQLite sorts what memory does not hold: other folders may be read-only.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread runs yet
  setenv("SQLITE_TMPDIR", config->data_dir.c_str(), /*overwrite=*/0);
  return daybook::daybookd::RunDaemon(*config);
}
