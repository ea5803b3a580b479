#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/comparisons.h"
#include "bench/data_bench.h"
#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/service_bench.h"
#include "bench/sizes.h"
#include "bench/sqlite_bench.h"
#include "bench/unary_bench.h"

namespace {

using daybook::bench::DataSet;
using daybook::bench::Results;
using daybook::bench::Sizes;

struct Benchmark {
  const char* name;
  absl::Status (*run)(const DataSet& data, const Sizes& sizes, Results& results);
};

constexpr Benchmark kBenchmarks[] = {
    {"data", daybook::bench::RunData},          {"unary", daybook::bench::RunUnary},
    {"ingest", daybook::bench::RunIngest},      {"raw", daybook::bench::RunRaw},
    {"table", daybook::bench::RunIndexedTable},
};

// What the command line asks for.
struct Request {
  bool quick = false;
  std::string results_path;
  std::vector<std::string> names;  // none means all
  uint64_t events = 0;             // 0 leaves it at the size of the form
  int in_flight = 0;               // likewise
  int connections = 0;             // likewise
};

std::vector<std::string> AllNames() {
  std::vector<std::string> names;
  for (const Benchmark& benchmark : kBenchmarks) names.emplace_back(benchmark.name);
  return names;
}

void Declare(CLI::App& app, Request& request) {
  app.add_flag("--quick", request.quick, "A short form for CI");
  app.add_option("--results", request.results_path, "Where the figures go, as JSON");
  app.add_option("--events", request.events, "So many events for ingest");
  app.add_option("--in-flight", request.in_flight, "So many batches at a time");
  app.add_option("--connections", request.connections, "… over so many connections");
  app.add_option("names", request.names, "Only these")->check(CLI::IsMember(AllNames()));
}

Sizes SizesFor(const Request& request) {
  Sizes sizes = request.quick ? daybook::bench::QuickSizes() : daybook::bench::FullSizes();
  if (request.events > 0) sizes.batch1000 = request.events;
  sizes.step = std::min(sizes.step, sizes.batch1000);
  if (request.in_flight > 0) sizes.batches_in_flight = request.in_flight;
  if (request.connections > 0) sizes.connections = request.connections;
  return sizes;
}

bool IsChosen(const Request& request, const std::string& name) {
  return request.names.empty() ||
         std::find(request.names.begin(), request.names.end(), name) != request.names.end();
}

int Run(const Request& request) {
  const DataSet data;
  const Sizes sizes = SizesFor(request);
  Results results;
  for (const Benchmark& benchmark : kBenchmarks) {
    if (!IsChosen(request, benchmark.name)) continue;
    if (const absl::Status run = benchmark.run(data, sizes, results); !run.ok()) {
      std::fprintf(stderr, "%s: %s\n", benchmark.name, run.ToString().c_str());
      return 1;
    }
  }
  daybook::bench::Compare(sizes, results);
  if (!request.results_path.empty()) results.WriteTo(request.results_path);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Request request;
  CLI::App app("daybook-bench: measures Daybook beside others", "daybook-bench");
  Declare(app, request);
  CLI11_PARSE(app, argc, argv);
  return Run(request);
}
