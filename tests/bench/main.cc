#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/comparisons.h"
#include "bench/data_bench.h"
#include "bench/data_set.h"
#include "bench/etcd_bench.h"
#include "bench/leaf_bench.h"
#include "bench/migrate_bench.h"
#include "bench/postgres_bench.h"
#include "bench/questions_bench.h"
#include "bench/results.h"
#include "bench/service_bench.h"
#include "bench/sizes.h"
#include "bench/sqlite_bench.h"
#include "bench/unary_bench.h"
#include "bench/verify_bench.h"

namespace {

using daybook::bench::DataSet;
using daybook::bench::Results;
using daybook::bench::Sizes;

struct Benchmark {
  std::string name;
  std::function<absl::Status(const DataSet& data, const Sizes& sizes, Results& results)> run;
};

constexpr const char* kIngest = "ingest";
constexpr const char* kQuery = "query";
constexpr const char* kStart = "start";

// What the command line asks for.
struct Request {
  bool quick = false;
  std::string results_path;
  std::vector<std::string> names;  // none means all
  uint64_t events = 0;             // 0 leaves it at the size of the form
  int in_flight = 0;               // likewise
  int connections = 0;             // likewise
  int streams = 0;                 // likewise
};

bool Includes(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

// ingest, query and start look at one store, which grows but once.
Benchmark ServiceBenchmark(const std::vector<std::string>& names) {
  const daybook::bench::ServiceParts parts = {.ingest = Includes(names, kIngest),
                                              .queries = Includes(names, kQuery),
                                              .start = Includes(names, kStart)};
  return {.name = "service", .run = [parts](const auto& data, const auto& sizes, auto& results) {
            return daybook::bench::RunService(parts, data, sizes, results);
          }};
}

std::vector<Benchmark> OtherBenchmarks() {
  return {{"data", daybook::bench::RunData},
          {"leaf", daybook::bench::RunLeaf},
          {"unary", daybook::bench::RunUnary},
          {"batch100", daybook::bench::RunSmallBatches},
          {"stream", daybook::bench::RunStream},
          {"ledger", daybook::bench::RunLedger},
          {"raw", daybook::bench::RunRaw},
          {"table", daybook::bench::RunIndexedTable},
          {"postgres", daybook::bench::RunPostgres},
          {"etcd", daybook::bench::RunEtcd},
          {"migrate", daybook::bench::RunMigrate},
          {"verify", daybook::bench::RunVerify},
          {"questions", daybook::bench::RunQuestions}};
}

std::vector<std::string> AllNames() {
  std::vector<std::string> names = {kIngest, kQuery, kStart};
  for (const Benchmark& benchmark : OtherBenchmarks()) names.push_back(benchmark.name);
  return names;
}

std::vector<Benchmark> Chosen(const std::vector<std::string>& names) {
  std::vector<Benchmark> chosen;
  for (Benchmark& benchmark : OtherBenchmarks()) {
    if (Includes(names, benchmark.name)) chosen.push_back(std::move(benchmark));
  }
  if (Includes(names, kIngest) || Includes(names, kQuery) || Includes(names, kStart)) {
    chosen.push_back(ServiceBenchmark(names));
  }
  return chosen;
}

void Declare(CLI::App& app, Request& request) {
  app.add_flag("--quick", request.quick, "A short form for CI");
  app.add_option("--results", request.results_path, "Where the figures go, as JSON");
  app.add_option("--events", request.events, "So many events for ingest, query and start");
  app.add_option("--in-flight", request.in_flight, "So many batches at a time");
  app.add_option("--streams", request.streams, "So many streams for stream");
  app.add_option("--connections", request.connections,
                 "Batches and streams go over so many connections");
  app.add_option("names", request.names, "Only these")->check(CLI::IsMember(AllNames()));
}

Sizes SizesFor(const Request& request) {
  Sizes sizes = request.quick ? daybook::bench::QuickSizes() : daybook::bench::FullSizes();
  if (request.events > 0) sizes.batch1000 = request.events;
  sizes.step = std::min(sizes.step, sizes.batch1000);
  sizes.batch1000 -= sizes.batch1000 % sizes.step;
  if (request.in_flight > 0) sizes.batches_in_flight = request.in_flight;
  if (request.streams > 0) sizes.streams = request.streams;
  if (request.connections > 0) sizes.connections = request.connections;
  return sizes;
}

// Goes on after one that fails: the others may take long, and are told too.
int Run(const Request& request) {
  const DataSet data;
  const Sizes sizes = SizesFor(request);
  Results results;
  bool failed = false;
  for (const Benchmark& benchmark : Chosen(request.names)) {
    const absl::Status run = benchmark.run(data, sizes, results);
    if (run.ok()) continue;
    failed = true;
    std::printf("*** FAILED: %s: %s\n", benchmark.name.c_str(), run.ToString().c_str());
  }
  daybook::bench::Compare(sizes, results);
  if (!request.results_path.empty()) results.WriteTo(request.results_path);
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Request request;
  CLI::App app("daybook-bench: measures Daybook beside others", "daybook-bench");
  Declare(app, request);
  CLI11_PARSE(app, argc, argv);
  return Run(request);
}
