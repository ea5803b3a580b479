#include "bench/results.h"

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace daybook::bench {

void Results::Add(const std::string& name, double value, const std::string& unit) {
  figures_.push_back({.name = name, .value = value, .unit = unit});
}

std::optional<double> Results::Find(const std::string& name) const {
  const auto found = std::find_if(figures_.begin(), figures_.end(),
                                  [&name](const Figure& figure) { return figure.name == name; });
  if (found == figures_.end()) return std::nullopt;
  return found->value;
}

void Results::WriteTo(const std::string& path) const {
  const auto print = [](std::string* out, const Figure& figure) {
    absl::StrAppend(out, "  {\"name\":\"", figure.name, "\",\"value\":", figure.value,
                    ",\"unit\":\"", figure.unit, "\"}");
  };
  std::ofstream(path) << "[\n" << absl::StrJoin(figures_, ",\n", print) << "\n]\n";
}

}  // namespace daybook::bench
