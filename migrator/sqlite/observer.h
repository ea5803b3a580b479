#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

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
};

}  // namespace daybook::migrator::sqlite
