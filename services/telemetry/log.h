#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"

#include "core/clock.h"
#include "core/mutex.h"

namespace daybook::telemetry {

enum class Severity { kInfo, kWarning, kError };

// A value of a log line.
using LogValue = std::variant<int64_t, double, bool, std::string>;
using LogField = std::pair<absl::string_view, LogValue>;

// Writes what happens as JSON, one line an occurrence:
//   {"time":"…","severity":"INFO","event":"serving","listen":"127.0.0.1:7443"}
// Values that people wrote about people do not belong in it.
//
// Thread-safe: lines do not mix.
class Log {
 public:
  // `out` and `clock` must outlive it.
  Log(std::ostream& out, const Clock& clock) : out_(out), clock_(clock) {}

  void Write(Severity severity, absl::string_view event, std::initializer_list<LogField> fields);

 private:
  Mutex mutex_;
  std::ostream& out_ ABSL_GUARDED_BY(mutex_);
  const Clock& clock_;
};

// `text` as a JSON string, quotes included; bytes that are not ASCII are kept.
std::string JsonQuoted(absl::string_view text);

}  // namespace daybook::telemetry
