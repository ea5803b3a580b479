#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "migrator/migration/failure.h"
#include "migrator/run_record.h"
#include "telemetry/progress.h"

namespace daybook::migrator {

using migration::ExitCode;

enum class Format { kText, kJson };

// How a run of the program ends.
struct Outcome {
  ExitCode code = ExitCode::kDone;
  std::string result;  // the same in a word
  std::string text;
  std::string next;  // what the operator should do, "" where nothing
};

// How the program ends on `error`, which is one: also by which signal.
ExitCode CodeOf(const absl::Status& error);

// A code in a word: "verification".
absl::string_view ResultName(ExitCode code);

// Tells people or programs what happens: a line of text an occurrence, or a
// JSON object a line; the result last.
//
// Thread-compatible.
class Report {
 public:
  // `out` and `progress` must outlive it. Without the latter nothing is told of
  // how far work is.
  Report(Format format, std::ostream& out, telemetry::Progress* progress = nullptr)
      : format_(format), out_(out), progress_(progress) {}

  using Fields = std::vector<std::pair<std::string, std::string>>;

  // `event` is for programs, `text` for people.
  void Step(absl::string_view event, absl::string_view text, const Fields& fields = {});

  // How far long work is. Other lines take its bar away.
  void Progress(absl::string_view work, uint64_t done, uint64_t all);

  // What the run did so far. The last line and the summary tell of it.
  RunRecord& record() { return record_; }
  const RunRecord& record() const { return record_; }

  // Has `tell` called before the last line is written: it may tell of more.
  void BeforeResult(std::function<void(const Outcome& outcome)> tell) { tell_ = std::move(tell); }

  // The last line. `next` is what the operator should do, "" where nothing.
  ExitCode Result(ExitCode code, absl::string_view result, absl::string_view text,
                  absl::string_view next = "", const Fields& fields = {});

  // The last line of a run that ends on `error`, which is one.
  ExitCode Fail(const absl::Status& error, const Fields& fields = {});

  // What the result said, as JSON of at most 4,096 bytes, for whoever started
  // the program: {"code":…,"retryable":…,"result":…,"cause":…,"next":…,"run_id":…,
  // "version":…,"backup_id":…}.
  const std::string& summary() const { return summary_; }

 private:
  void WriteJson(absl::string_view event, absl::string_view text, const Fields& fields);

  const Format format_;
  std::ostream& out_;
  telemetry::Progress* const progress_;
  std::string work_;  // that `progress_` shows
  uint64_t all_ = 0;
  RunRecord record_;
  std::function<void(const Outcome& outcome)> tell_;
  std::string summary_;
};

}  // namespace daybook::migrator
