#include "telemetry/log.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/timestamp.h"
#include "schema/utf8.h"

namespace daybook::telemetry {
namespace {

absl::string_view NameOf(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "INFO";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kError:
      return "ERROR";
  }
  return "";
}

struct ToJson {
  std::string operator()(int64_t value) const { return absl::StrCat(value); }
  std::string operator()(double value) const {
    return std::isfinite(value) ? absl::StrCat(value) : "null";
  }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const std::string& value) const { return JsonQuoted(value); }
};

}  // namespace

void Log::Write(Severity severity, absl::string_view event,
                std::initializer_list<LogField> fields) {
  std::string line =
      absl::StrCat("{\"time\":\"", FormatTime(FloorToMicros(clock_.Now())), "\",\"severity\":\"",
                   NameOf(severity), "\",\"event\":", JsonQuoted(event));
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&line, ",", JsonQuoted(name), ":", std::visit(ToJson(), value));
  }
  line += "}\n";
  const MutexLock lock(mutex_);
  out_ << line << std::flush;
}

std::string JsonQuoted(absl::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const size_t length = schema::FirstCharacterLength(text);
    const char c = text.front();
    if (length == 0) {
      quoted += "\\ufffd";  // the replacement character
    } else if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (length == 1 && absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppendFormat(&quoted, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      absl::StrAppend(&quoted, text.substr(0, length));
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  quoted.push_back('"');
  return quoted;
}

}  // namespace daybook::telemetry
