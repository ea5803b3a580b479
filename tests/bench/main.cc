#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/results.h"
#include "bench/unary_bench.h"

namespace {

struct Benchmark {
  const char* name;
  absl::Status (*run)(bool quick, daybook::bench::Results& results);
};

constexpr Benchmark kBenchmarks[] = {{"unary", daybook::bench::RunUnary}};

int Usage() {
  std::fprintf(stderr, "usage: daybook-bench [--quick] [--results FILE] [NAME...]\nnames:");
  for (const Benchmark& benchmark : kBenchmarks) std::fprintf(stderr, " %s", benchmark.name);
  std::fprintf(stderr, "\n");
  return 2;
}

bool IsKnown(const std::string& name) {
  return std::any_of(std::begin(kBenchmarks), std::end(kBenchmarks),
                     [&name](const Benchmark& benchmark) { return name == benchmark.name; });
}

}  // namespace

int main(int argc, char** argv) {
  bool quick = false;
  std::string results_path;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--quick") {
      quick = true;
    } else if (argument == "--results" && i + 1 < argc) {
      results_path = argv[++i];
    } else if (IsKnown(argument)) {
      names.push_back(argument);
    } else {
      return Usage();
    }
  }
  daybook::bench::Results results;
  for (const Benchmark& benchmark : kBenchmarks) {
    if (!names.empty() && std::find(names.begin(), names.end(), benchmark.name) == names.end())
      continue;
    if (const absl::Status run = benchmark.run(quick, results); !run.ok()) {
      std::fprintf(stderr, "%s: %s\n", benchmark.name, run.ToString().c_str());
      return 1;
    }
  }
  if (!results_path.empty()) results.WriteTo(results_path);
  return 0;
}
