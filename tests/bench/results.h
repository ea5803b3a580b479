#pragma once

#include <optional>
#include <string>
#include <vector>

namespace daybook::bench {

// The figures of a run, for programs: build/bench/results.json.
class Results {
 public:
  void Add(const std::string& name, double value, const std::string& unit);

  // The value of a figure; nothing where it was not measured.
  std::optional<double> Find(const std::string& name) const;

  // An array of {name, value, unit}.
  void WriteTo(const std::string& path) const;

 private:
  struct Figure {
    std::string name;
    double value;
    std::string unit;
  };
  std::vector<Figure> figures_;
};

}  // namespace daybook::bench
