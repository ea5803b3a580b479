#include "journal/detector.h"

#include <algorithm>
#include <utility>

#include "core/errors.h"
#include "core/status_macros.h"
#include "detect/firing.h"
#include "journal/await.h"
#include "journal/service_event.h"
#include "query/filter.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;

constexpr size_t kEventsInPage = 1'000;
constexpr absl::Duration kRecordPause = absl::Seconds(1);

absl::Status StoppingError() { return absl::CancelledError("the service stops"); }

telemetry::Severity LogSeverityOf(audit::v1::Severity severity) {
  return severity == audit::v1::SEVERITY_INFO ? telemetry::Severity::kInfo
                                              : telemetry::Severity::kWarning;
}

}  // namespace

Detector::Detector(const Collaborators& collaborators, detect::Rules rules, const Options& options)
    : with_(collaborators),
      options_(options),
      rules_(with_.metrics.AddGauge("daybook_detection_rules", "Standing rules in force.")),
      lag_(with_.metrics.AddGauge("daybook_detection_lag_events",
                                  "Events that the rules have not looked at yet.")),
      cut_pasts_(with_.metrics.AddCounter(
          "daybook_detection_past_cut_total",
          "Times that new rules could not read all of the past that they count.")),
      retries_(with_.metrics.AddCounter("daybook_detection_retries_total",
                                        "Times that firings could not be recorded at once.")),
      watches_(options.limits),
      next_(with_.store.Size().value()),
      new_rules_(std::move(rules)),
      waiter_(with_.commits.head()),
      thread_([this] { Run(); }) {}

Detector::~Detector() {
  ending_ = true;
  waiter_.Wake();
  thread_.join();
}

void Detector::SetRules(detect::Rules rules) {
  {
    const MutexLock lock(mutex_);
    new_rules_ = std::move(rules);
  }
  waiter_.Wake();
}

void Detector::Run() {
  while (!ending_) {
    const absl::Status outcome = Work();
    Tell(outcome);
    ShowUsage();
    // After an error what it did not get to is there already: it waits for the pause only.
    const LogSize known = outcome.ok() ? LogSize(next_) : LogSize(UINT64_MAX);
    if (!ending_) waiter_.WaitBeyond(known, outcome.ok() ? options_.tick : kRecordPause);
  }
}

absl::Status Detector::Work() {
  TakeRules();
  if (const auto past = watches_.WantedPast()) DAYBOOK_RETURN_IF_ERROR(Learn(*past));
  // Whatever was recorded a while before is among the events up to this size.
  const Micros now = FloorToMicros(with_.clock.Now() - options_.grace);
  DAYBOOK_RETURN_IF_ERROR(Follow(with_.store.Size()));
  return RecordAll(watches_.Tick(now));
}

void Detector::TakeRules() {
  std::optional<detect::Rules> rules;
  {
    const MutexLock lock(mutex_);
    rules = std::exchange(new_rules_, std::nullopt);
  }
  if (!rules) return;
  watches_.Replace(*rules);
  rules_.Set(static_cast<double>(rules->size()));
  for (auto& [name, series] : series_) series.keys.Set(0);
  series_.clear();
  for (const auto& rule : *rules) {
    const telemetry::Labels labels = {{"rule", rule->name}};
    series_.emplace(
        rule->name,
        Series{.fired = with_.metrics.AddCounter("daybook_detection_fired_total",
                                                 "Times that a rule fired.", labels),
               .keys = with_.metrics.AddGauge("daybook_detection_keys",
                                              "Keys that a rule keeps count of.", labels),
               .evicted = with_.metrics.AddCounter(
                   "daybook_detection_keys_forgotten_total",
                   "Keys whose count a rule gave up because there were too many.", labels)});
  }
  // A rule that goes on has told of these already.
  for (const auto& usage : watches_.Usages()) {
    series_.at(usage.rule).evicted_before = usage.evicted;
  }
}

absl::Status Detector::Learn(const detect::Watches::Past& past) {
  watches_.BeginReplay();
  next_ = std::max(next_, with_.store.Begin().value());
  if (next_ > with_.store.Begin().value()) {
    DAYBOOK_ASSIGN_OR_RETURN(const Event last, with_.store.Get(Seq(next_ - 1)));
    const Micros head = MicrosOf(last.created_at());
    DAYBOOK_RETURN_IF_ERROR(Recall(head - past.firings));
    DAYBOOK_ASSIGN_OR_RETURN(const Seq first, FirstToLearn(head - past.events));
    storage::ScanRequest scan;
    scan.as_of = LogSize(next_);
    DAYBOOK_RETURN_IF_ERROR(ReadPages(scan, first, [&](const std::vector<Event>& events) {
      Firings firings;
      for (const Event& event : events) {
        for (detect::Firing& one : watches_.Replay(event, head)) firings.push_back(std::move(one));
      }
      return RecordAll(std::move(firings));
    }));
  }
  watches_.EndReplay(FloorToMicros(with_.clock.Now()));
  return absl::OkStatus();
}

absl::Status Detector::Recall(Micros since) {
  storage::ScanRequest scan;
  scan.as_of = with_.store.Size();
  DAYBOOK_ASSIGN_OR_RETURN(const std::string filter, detect::FiringsFilter(""));
  DAYBOOK_ASSIGN_OR_RETURN(scan.filter, query::Filter::Parse(filter));
  DAYBOOK_ASSIGN_OR_RETURN(const Seq first, FirstSince(since, scan.as_of.value()));
  return ReadPages(scan, first, [&](const std::vector<Event>& events) {
    for (const Event& event : events) {
      if (const auto fired = detect::FiredIn(event)) watches_.Recall(*fired);
    }
    return absl::OkStatus();
  });
}

absl::Status Detector::Follow(LogSize size) {
  if (watches_.empty()) next_ = size.value();
  next_ = std::max(next_, with_.store.Begin().value());
  if (next_ >= size.value()) {
    lag_.Set(0);
    return absl::OkStatus();
  }
  storage::ScanRequest scan;
  scan.as_of = size;
  return ReadPages(scan, Seq(next_), [&](const std::vector<Event>& events) {
    for (const Event& event : events) {
      Firings firings = watches_.Observe(event);
      // Counted from here on, told or not: a try that is cut off must not count it twice.
      next_ = event.seq() + 1;
      if (!firings.empty()) DAYBOOK_RETURN_IF_ERROR(RecordAll(std::move(firings)));
    }
    lag_.Set(static_cast<double>(with_.store.Size().value() - next_));
    return absl::OkStatus();
  });
}

// The first event, below `end`, that was recorded after `time`. Record times never go
// back.
absl::StatusOr<Seq> Detector::FirstSince(Micros time, uint64_t end) {
  uint64_t low = with_.store.Begin().value();
  uint64_t high = std::max(low, end);
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    DAYBOOK_ASSIGN_OR_RETURN(const Event event, with_.store.Get(Seq(middle)));
    if (MicrosOf(event.created_at()) > time) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return Seq(low);
}

absl::StatusOr<Seq> Detector::FirstToLearn(Micros since) {
  DAYBOOK_ASSIGN_OR_RETURN(const Seq first, FirstSince(since, next_));
  const uint64_t most = next_ - std::min(next_, options_.max_past);
  if (first.value() >= most) return first;
  cut_pasts_.Add();
  with_.log.Write(telemetry::Severity::kWarning, "detection_past_cut",
                  {{"message",
                    "the windows of new rules hold more events than they read: they "
                    "begin with counts that are too low"},
                   {"events_read", static_cast<int64_t>(options_.max_past)},
                   {"events_left_out", static_cast<int64_t>(most - first.value())}});
  return Seq(most);
}

// The events from `from` on, in order, page by page.
absl::Status Detector::ReadPages(storage::ScanRequest scan, Seq from, EachPage take) {
  scan.order = storage::ScanOrder::kSeq;
  scan.limit = kEventsInPage;
  scan.cancelled = [this] { return ending_.load(); };
  if (from.value() > 0) scan.last_examined = Seq(from.value() - 1);
  do {
    if (ending_) return StoppingError();
    DAYBOOK_ASSIGN_OR_RETURN(const storage::ScanResult page, with_.store.Scan(scan));
    DAYBOOK_RETURN_IF_ERROR(take(page.events));
    scan.last_examined = page.last_examined;
  } while (scan.last_examined);
  return absl::OkStatus();
}

// Until they are on disk. What is not is told of at the next start.
absl::Status Detector::RecordAll(Firings firings) {
  while (!firings.empty()) {
    absl::StatusOr<Firings> left = TryRecord(std::move(firings));
    if (!left.ok()) return left.status();
    firings = *std::move(left);
    if (firings.empty()) break;
    retries_.Add();
    if (ending_) return StoppingError();
    waiter_.WaitBeyond(LogSize(UINT64_MAX), kRecordPause);
  }
  return absl::OkStatus();
}

// Those that have to be tried again.
absl::StatusOr<Detector::Firings> Detector::TryRecord(Firings firings) {
  std::vector<storage::NewEvent> events;
  events.reserve(firings.size());
  for (const detect::Firing& firing : firings) {
    // Record times may be ahead of a clock that was set back.
    const absl::Time now = std::max(with_.clock.Now(), absl::FromUnixMicros(firing.fired_at));
    DAYBOOK_ASSIGN_OR_RETURN(
        storage::NewEvent event,
        NewServiceEvent(detect::EventOf(firing), detect::RequestIdOf(firing), with_.rules, now));
    events.push_back(std::move(event));
  }
  using Outcomes = GroupCommit::Outcomes;
  DAYBOOK_ASSIGN_OR_RETURN(const Outcomes outcomes, Await<Outcomes>([&](Answer<Outcomes> answer) {
                             with_.commits.SubmitEach(
                                 std::move(events),
                                 [answer = std::move(answer)](Outcomes each) mutable {
                                   std::move(answer)(std::move(each));
                                 });
                           }));
  Firings left;
  for (size_t i = 0; i < firings.size(); ++i) {
    if (outcomes[i].ok()) {
      Note(firings[i], *outcomes[i]);
    } else if (!absl::IsAlreadyExists(outcomes[i].status())) {  // recorded, and erased since
      Tell(outcomes[i].status());
      left.push_back(std::move(firings[i]));
    }
  }
  return left;
}

void Detector::Note(const detect::Firing& firing, const Receipt& receipt) {
  if (receipt.duplicate) return;
  const detect::Rule& rule = *firing.rule;
  if (const auto series = series_.find(rule.name); series != series_.end()) {
    series->second.fired.Add();
  }
  with_.log.Write(LogSeverityOf(rule.severity), "detection",
                  {{"rule", rule.name},
                   {"seq", static_cast<int64_t>(receipt.seq.value())},
                   {"count", static_cast<int64_t>(firing.count)}});
}

void Detector::ShowUsage() {
  for (const detect::Watches::Usage& usage : watches_.Usages()) {
    Series& series = series_.at(usage.rule);
    series.keys.Set(static_cast<double>(usage.keys));
    if (usage.evicted == series.evicted_before) continue;
    series.evicted.Add(static_cast<double>(usage.evicted - series.evicted_before));
    if (series.evicted_before == 0) {  // the metric tells of the rest
      with_.log.Write(telemetry::Severity::kWarning, "detection_keys_forgotten",
                      {{"rule", usage.rule},
                       {"message",
                        "the rule keeps count of too many keys; it gave up those that "
                        "it saw longest ago"}});
    }
    series.evicted_before = usage.evicted;
  }
}

// Of the same trouble once.
void Detector::Tell(const absl::Status& outcome) {
  if (!outcome.ok() && outcome != told_ && !ending_) {
    with_.log.Write(telemetry::Severity::kWarning, "detections_delayed",
                    {{"reason", ReasonIn(outcome)}, {"message", std::string(outcome.message())}});
  }
  told_ = outcome;
}

}  // namespace daybook::journal
