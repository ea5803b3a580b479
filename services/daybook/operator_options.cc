#include "daybook/operator_options.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <iostream>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"

namespace daybook::cli {
namespace {

std::string OsUser() {
  std::array<char, 4'096> buffer;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return absl::StrCat("uid ", geteuid());
  }
  return entry.pw_name;
}

}  // namespace

OperatorOptions::OperatorOptions() : by_(OsUser()) {}

void OperatorOptions::AddTo(CLI::App& app) {
  app.add_option("--reason", reason_, "Why; recorded for ever, in public")->required();
  app.add_option("--ticket", ticket_, "What it is filed under; likewise")->required();
  app.add_option("--by", by_, "Who asks for it; likewise; you by default");
  app.add_flag("--dry-run", dry_run_, "Only say how many events it would be");
  app.add_flag("--yes", yes_, "Do not ask");
}

bool OperatorOptions::IsConfirmed(const std::string& question,
                                  const std::string& nothing_done) const {
  if (yes_) return true;
  if (isatty(STDIN_FILENO) == 0) {
    std::cerr << "daybook: " << nothing_done
              << ": there is no terminal to ask on; --yes goes on without asking\n";
    return false;
  }
  std::cerr << question << " Nothing brings it back. Type yes: ";
  std::string typed;
  std::getline(std::cin, typed);
  if (typed == "yes") return true;
  std::cerr << "daybook: " << nothing_done << '\n';
  return false;
}

}  // namespace daybook::cli
