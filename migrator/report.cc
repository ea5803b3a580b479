#include "migrator/report.h"

#include "absl/strings/str_cat.h"

#include "telemetry/log.h"

namespace daybook::migrator {

using telemetry::JsonQuoted;

void Report::Step(absl::string_view event, absl::string_view text, const Fields& fields) {
  if (format_ == Format::kJson) return WriteJson(event, text, fields);
  out_ << text << '\n';
}

ExitCode Report::Result(ExitCode code, absl::string_view result, absl::string_view text,
                        absl::string_view next, const Fields& fields) {
  if (format_ == Format::kText) {
    out_ << text << '\n';
    if (!next.empty()) out_ << "next: " << next << '\n';
    return code;
  }
  Fields all = {{"result", std::string(result)},
                {"exit_code", absl::StrCat(static_cast<int>(code))}};
  if (!next.empty()) all.emplace_back("next", std::string(next));
  all.insert(all.end(), fields.begin(), fields.end());
  WriteJson("result", text, all);
  return code;
}

void Report::WriteJson(absl::string_view event, absl::string_view text, const Fields& fields) {
  std::string line =
      absl::StrCat("{\"event\":", JsonQuoted(event), ",\"message\":", JsonQuoted(text));
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&line, ",", JsonQuoted(name), ":", JsonQuoted(value));
  }
  out_ << line << "}\n";
}

}  // namespace daybook::migrator
