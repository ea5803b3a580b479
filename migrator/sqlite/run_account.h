#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace daybook::migrator::sqlite {

// What a run over one migration took and found, committed or not.
struct RunAccount {
  struct Phase {
    std::string name;
    absl::Duration took = absl::ZeroDuration();
    absl::Duration allowed = absl::InfiniteDuration();  // by the migration's budget
  };

  std::vector<Phase> phases;  // those that began, in order
  // How long writers were kept out.
  Phase lock = {.name = "lock held"};
  Phase whole = {.name = "total"};
  std::string backup_id = {};
  // How many rows each table had and has. Nothing of tables that were not read.
  std::map<std::string, uint64_t> rows_before = {};
  std::map<std::string, uint64_t> rows_after = {};
  // What was verified.
  int passed = 0;
  int warned = 0;
  int failed = 0;
};

}  // namespace daybook::migrator::sqlite
