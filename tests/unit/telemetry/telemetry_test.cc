#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_split.h"

#include "schema/json_object.h"
#include "support/manual_clock.h"
#include "support/status_matchers.h"
#include "telemetry/exposer.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::telemetry {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class LogTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  std::ostringstream out_;
  Log log_{out_, clock_};
};

TEST_F(LogTest, WritesALineOfJson) {
  log_.Write(
      Severity::kWarning, "serving",
      {{"listen", "127.0.0.1:7443"}, {"count", int64_t{7}}, {"ok", true}, {"seconds", 0.25}});

  EXPECT_EQ(
      out_.str(),
      "{\"time\":\"2025-11-21T00:00:00.000000Z\",\"severity\":\"WARNING\",\"event\":\"serving\","
      "\"listen\":\"127.0.0.1:7443\",\"count\":7,\"ok\":true,\"seconds\":0.25}\n");
}

TEST_F(LogTest, WhateverIsWrittenIsJson) {
  const std::string nasty("\"\\\n\r\t\b\0\x1f\x7f 한 👍 </script>", 28);
  log_.Write(Severity::kError, nasty,
             {{nasty, nasty},
              {"infinite", std::numeric_limits<double>::infinity()},
              {"nan", std::numeric_limits<double>::quiet_NaN()},
              {"large", 1e300},
              {"least", std::numeric_limits<int64_t>::min()},
              {"no", false}});

  const std::string line = out_.str();
  EXPECT_EQ(schema::BrokenAsJsonObject(line), std::nullopt) << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_THAT(line, HasSubstr("\"infinite\":null"));
}

TEST_F(LogTest, LinesDoNotMix) {
  std::array<std::thread, 4> threads;
  for (std::thread& thread : threads) {
    thread = std::thread([this] {
      for (int j = 0; j < 100; ++j)
        log_.Write(Severity::kInfo, "busy", {{"text", std::string(50, 'x')}});
    });
  }
  for (std::thread& thread : threads) thread.join();

  const std::vector<std::string> lines = absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.size(), 400U);
  for (const std::string& line : lines) EXPECT_EQ(line, lines.front());
}

TEST(JsonQuoted, EscapesWhatMustBe) {
  EXPECT_EQ(JsonQuoted("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(JsonQuoted("\n\x01"), "\"\\u000a\\u0001\"");
  EXPECT_EQ(JsonQuoted("한 👍/\x7F"), "\"한 👍/\\u007f\"");
  EXPECT_EQ(JsonQuoted("a\xFF\xED\x95!"), "\"a\\ufffd\\ufffd\\ufffd!\"");
}

TEST(Metrics, ShowsWhatWasCounted) {
  Metrics metrics;
  Counter counter = metrics.AddCounter("daybook_test_total", "What is counted.", {{"code", "OK"}});
  Gauge gauge = metrics.AddGauge("daybook_test_level", "How high it is.");
  Histogram histogram = metrics.AddHistogram("daybook_test_seconds", "How long.", {1, 2});

  counter.Add();
  counter.Add(2);
  gauge.Set(5);
  gauge.Set(4);
  histogram.Observe(1.5);

  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("# HELP daybook_test_total What is counted.\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE daybook_test_total counter\n"));
  EXPECT_THAT(text, HasSubstr("daybook_test_total{code=\"OK\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("daybook_test_level 4\n"));
  EXPECT_THAT(text, HasSubstr("daybook_test_seconds_bucket{le=\"1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("daybook_test_seconds_bucket{le=\"2\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("daybook_test_seconds_count 1\n"));
}

TEST(Metrics, GivesTheSameSeriesWhenAskedAgain) {
  Metrics metrics;
  metrics.AddCounter("daybook_test_total", "help", {{"code", "OK"}}).Add();
  metrics.AddCounter("daybook_test_total", "help", {{"code", "OK"}}).Add();
  metrics.AddCounter("daybook_test_total", "help", {{"code", "ABORTED"}}).Add();

  EXPECT_THAT(metrics.Text(), HasSubstr("daybook_test_total{code=\"OK\"} 2\n"));
  EXPECT_THAT(metrics.Text(), HasSubstr("daybook_test_total{code=\"ABORTED\"} 1\n"));
}

TEST(Metrics, CountsFromManyThreads) {
  Metrics metrics;
  std::array<std::thread, 4> threads;
  for (std::thread& thread : threads) {
    thread = std::thread([&metrics] {
      for (int j = 0; j < 1'000; ++j) metrics.AddCounter("daybook_test_total", "help").Add();
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_THAT(metrics.Text(), HasSubstr("daybook_test_total 4000\n"));
}

TEST(CountBounds, ArePowersOfTwo) { EXPECT_THAT(CountBounds(8), ElementsAre(1, 2, 4, 8)); }

TEST(SecondsBounds, Ascend) {
  const std::vector<double> bounds = SecondsBounds();

  EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
  EXPECT_DOUBLE_EQ(bounds.front(), 0.00005);
  EXPECT_DOUBLE_EQ(bounds.back(), 10);
}

TEST(Exposer, PicksAFreePort) {
  const Metrics metrics;

  const auto exposer = Exposer::Start("127.0.0.1:0", metrics);

  ASSERT_THAT(exposer, IsOk());
  EXPECT_GT((*exposer)->port(), 0);
}

TEST(Exposer, SaysWhereItCannotListen) {
  const Metrics metrics;

  EXPECT_THAT(Exposer::Start("not an address", metrics), HasCode(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace daybook::telemetry
