#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "migrator/sqlite/run_account.h"

namespace daybook::migrator::sqlite {

// Hears what a run does, while it does it. Values of rows are never told.
class Observer {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  virtual ~Observer() = default;

  // A part of the run begins: "backup", "migrate", "verify".
  virtual void Phase(absl::string_view phase, absl::string_view text) = 0;
  // Something worth a line.
  virtual void Note(absl::string_view event, absl::string_view text, const Fields& fields) = 0;
  // How far long work has come: `done` of about `all`. Asked for every few
  // thousand rows, so it must be quick.
  virtual void Progress(absl::string_view /*work*/, uint64_t /*done*/, uint64_t /*all*/) {}
  // A run over a migration has ended.
  virtual void Ended(const RunAccount& /*account*/) {}
};

}  // namespace daybook::migrator::sqlite
