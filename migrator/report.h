#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "migrator/exit_code.h"

namespace daybook::migrator {

enum class Format { kText, kJson };

// Tells people or programs what happens: a line of text an occurrence, or a
// JSON object a line; the result last.
//
// Thread-compatible.
class Report {
 public:
  // `out` must outlive it.
  Report(Format format, std::ostream& out) : format_(format), out_(out) {}

  using Fields = std::vector<std::pair<std::string, std::string>>;

  // `event` is for programs, `text` for people.
  void Step(absl::string_view event, absl::string_view text, const Fields& fields = {});

  // The last line. `next` is what the operator should do, "" where nothing.
  ExitCode Result(ExitCode code, absl::string_view result, absl::string_view text,
                  absl::string_view next = "", const Fields& fields = {});

 private:
  void WriteJson(absl::string_view event, absl::string_view text, const Fields& fields);

  const Format format_;
  std::ostream& out_;
};

}  // namespace daybook::migrator
