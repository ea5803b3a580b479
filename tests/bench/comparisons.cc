#include "bench/comparisons.h"

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace daybook::bench {
namespace {

struct Comparison {
  std::string name;
  std::string ours;
  std::string partner;
};

std::vector<Comparison> Comparisons(const Sizes& sizes) {
  std::vector<Comparison> all = {
      {"unary_1_p50_over_fdatasync", "unary_1_p50", "fdatasync_p50"},
      {"leaf_over_ingest_time", "leaf_ns_per_event", "ingest_ns_per_event"},
      {"ingest_batch1000_over_postgres_copy", "ingest_batch1000", "postgres_copy"},
      {"ingest_batch1000_over_raw", "ingest_batch1000", "raw_batch1000"},
      {"deposits_today_over_sql", "deposits_today_engine_ms", "deposits_today_sql_ms"},
      {"deposits_today_called_over_sql", "deposits_today_ms", "deposits_today_sql_ms"},
      {"deposits_today_over_tailored_sql", "deposits_today_tailored_engine_ms",
       "deposits_today_tailored_sql_ms"},
      {"questions_while_ingesting_ratio", "questions_while_ingesting_p99_ms",
       "threshold_1h_p99_ms"},
      {"questions_while_ingesting_p50_ratio", "questions_while_ingesting_p50_ms",
       "threshold_1h_p50_ms"},
      {"questions_while_ingesting_50_per_s_ratio", "questions_while_ingesting_50_per_s_p99_ms",
       "threshold_1h_p99_ms"},
  };
  for (const char* const question : {"threshold_1h", "threshold_24h", "person10"}) {
    const std::string sql = absl::StrCat(question, "_sql_p50_ms");
    all.push_back(
        {absl::StrCat(question, "_over_sql"), absl::StrCat(question, "_engine_p50_ms"), sql});
    all.push_back(
        {absl::StrCat(question, "_called_over_sql"), absl::StrCat(question, "_p50_ms"), sql});
  }
  for (const char* const partner : {"postgres_insert", "etcd_put"}) {
    for (const int in_flight : {1, 16, 64, 256}) {
      const std::string unary = absl::StrCat("unary_", in_flight);
      all.push_back({absl::StrCat(unary, "_over_", partner), unary + "_calls",
                     absl::StrCat(partner, "_", in_flight)});
    }
  }
  for (const uint64_t mark : sizes.table_marks) {
    const std::string partner = absl::StrCat("indexed_table_at_", SizeName(mark));
    all.push_back({absl::StrCat("ingest_batch1000_over_", partner), "ingest_batch1000", partner});
  }
  const std::string small = SizeName(sizes.query_marks.front());
  const std::string large = SizeName(sizes.query_marks.back());
  all.push_back({absl::StrCat("person50_", large, "_over_", small),
                 absl::StrCat("person50_at_", large, "_p50"),
                 absl::StrCat("person50_at_", small, "_p50")});
  return all;
}

}  // namespace

void Compare(const Sizes& sizes, Results& results) {
  std::printf("\ncomparisons\n");
  for (const Comparison& comparison : Comparisons(sizes)) {
    const std::optional<double> ours = results.Find(comparison.ours);
    const std::optional<double> partner = results.Find(comparison.partner);
    if (!ours && !partner) continue;
    if (!ours || !partner) {
      std::printf("%-48s  left out: no %s in this run\n", comparison.name.c_str(),
                  (ours ? comparison.partner : comparison.ours).c_str());
      continue;
    }
    std::printf("%-48s  %8.3f\n", comparison.name.c_str(), *ours / *partner);
    results.Add(comparison.name, *ours / *partner, "ratio");
  }
}

}  // namespace daybook::bench
