#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace daybook::telemetry {

using Labels = std::map<std::string, std::string>;

// Handles to one time series each; copyable, and valid as long as the Metrics
// they came from. Thread-safe.
class Counter {
 public:
  explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
  void Add(double amount = 1);

 private:
  prometheus::Counter* counter_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  void Set(double value);

 private:
  prometheus::Gauge* gauge_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  void Observe(double value);

 private:
  prometheus::Histogram* histogram_;
};

// Where a program keeps what it counts. Names begin with daybook_ and the room
// that counts.
//
// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The series of that name and those labels; the same one when asked again.
  Counter AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram AddHistogram(const std::string& name, const std::string& help,
                         const std::vector<double>& bounds, const Labels& labels = {});

  // The page that Prometheus reads.
  std::string Text() const;

 private:
  friend class Exposer;
  std::shared_ptr<prometheus::Registry> registry_;
};

// Bounds for seconds, from 50 µs to 10 s.
std::vector<double> SecondsBounds();
// Bounds for counts, powers of two up to `highest`.
std::vector<double> CountBounds(uint64_t highest);

}  // namespace daybook::telemetry
