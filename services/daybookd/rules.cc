#include "daybookd/rules.h"

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "detect/rules_file.h"

namespace daybook::daybookd {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{64} << 20;  // whatever it holds

// A pipe, or a device, might keep its reader waiting for ever. What cannot be looked at,
// reading it tells.
absl::Status CheckFile(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return absl::OkStatus();
  if (!std::filesystem::is_regular_file(status)) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is no file that holds text"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t bytes, db::sqlite::FileSize(path));
  if (bytes <= kMaxFileBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(path, ": is far too large for rules"));
}

}  // namespace

absl::StatusOr<detect::Rules> ReadRules(const std::string& path) {
  DAYBOOK_RETURN_IF_ERROR(CheckFile(path));
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
