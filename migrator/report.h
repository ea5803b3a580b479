#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "migrator/migration/failure.h"

namespace daybook::migrator {

using migration::ExitCode;

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

  // The last line of a run that ends on `error`, which is one.
  ExitCode Fail(const absl::Status& error, const Fields& fields = {});

  // What the result said, as JSON of at most 4,096 bytes, for whoever started
  // the program: {"code":…,"retryable":…,"result":…,"cause":…,"next":…}.
  const std::string& summary() const { return summary_; }

 private:
  void WriteJson(absl::string_view event, absl::string_view text, const Fields& fields);

  const Format format_;
  std::ostream& out_;
  std::string summary_;
};

}  // namespace daybook::migrator
