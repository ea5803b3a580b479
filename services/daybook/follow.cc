#include "daybook/follow.h"

#include "absl/strings/str_cat.h"

#include "daybook/terminal_text.h"

namespace daybook::cli {
namespace {

std::string PlaceOf(std::optional<uint64_t> next) {
  return next ? absl::StrCat("event ", *next) : "what comes next";
}

}  // namespace

void TellThatItEnded(const absl::Status& error, std::optional<uint64_t> next) {
  std::cerr << "daybook: " << ForTerminal(std::string(error.message())) << "; trying again, from "
            << PlaceOf(next) << " on\n";
}

void TellThatItGoesOn(std::optional<uint64_t> next) {
  std::cerr << "daybook: goes on with " << PlaceOf(next) << '\n';
}

}  // namespace daybook::cli
