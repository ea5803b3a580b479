#include "migrator/app/markdown.h"

#include "absl/strings/str_replace.h"

namespace daybook::migrator::app {

std::string InCell(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}});
}

}  // namespace daybook::migrator::app
