#include "daybookd/rules.h"

#include <iostream>
#include <optional>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "detect/rules_file.h"

namespace daybook::daybookd {

absl::StatusOr<detect::Rules> ReadRules(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> text, db::sqlite::ReadIfThere(path));
  if (!text) return absl::NotFoundError(absl::StrCat(path, ": there is no such file"));
  return detect::ParseRules(path, *text);
}

int CheckRules(const std::string& path) {
  constexpr int kExitWrong = 78;  // EX_CONFIG of sysexits.h, as where the service refuses it
  const absl::StatusOr<detect::Rules> rules = ReadRules(path);
  if (!rules.ok()) {
    std::cerr << rules.status().message() << "\n";
    return kExitWrong;
  }
  std::cout << path << ": " << rules->size() << (rules->size() == 1 ? " rule\n" : " rules\n");
  return 0;
}

}  // namespace daybook::daybookd
