#include "storage/sqlite/sealer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "storage/sqlite/segment_seal.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

// Each takes about 15 MiB for as long as it is not sealed.
constexpr size_t kMaxWaiting = 4;

// Half of what the readers' pool keeps open.
constexpr uint64_t kOpenedAhead = 128;

constexpr absl::Duration kReadersPatience = absl::Milliseconds(500);
constexpr absl::Duration kFirstRetry = absl::Seconds(1);
constexpr absl::Duration kLastRetry = absl::Minutes(1);

// The oldest first: who was used last stays open longest.
std::deque<uint64_t> NewestSealed(const SegmentTable& table) {
  const uint64_t end = table.sealed();
  const uint64_t kept = std::min(kOpenedAhead, end - table.dropped());
  std::deque<uint64_t> segments;
  for (uint64_t segment = end - kept; segment < end; ++segment) segments.push_back(segment);
  return segments;
}

std::vector<uint64_t> SubjectKeys(const Postings& postings) {
  std::vector<uint64_t> keys;
  for (size_t key = 0; key < kLookupKeys; ++key) {
    for (uint64_t at = 0; at < postings.size(); ++at) {
      const KeyDigest digest = postings.column(key)[at];
      if (digest != 0) keys.push_back(SubjectKey({.key = key, .digest = digest}));
    }
  }
  return keys;
}

}  // namespace

absl::StatusOr<SegmentTable::Full> ReadFull(SegmentReader& reader, Seq first, uint64_t events) {
  const auto postings = std::make_shared<Postings>(first, events);
  RequestIndex requests;
  DAYBOOK_RETURN_IF_ERROR(reader.VisitLookups(first, [&](const Event& event) {
    postings->Add(event, MicrosOf(event.created_at()));
    const auto key = RequestKeyOf(event.producer(), event.request_id());
    if (key) requests.Add(*key, Seq(event.seq()));
    return absl::OkStatus();
  }));
  return SegmentTable::Full{.postings = postings, .requests = requests.Digests()};
}

void AddToFilters(const Zone& zone, const SegmentTable::Full& full, SegmentFilters& subjects,
                  SegmentFilters& requests) {
  subjects.Add(zone.number, zone.Tag(), SubjectKeys(*full.postings));
  requests.Add(zone.number, zone.Tag(), full.requests);
}

Sealer::Sealer(const Collaborators& collaborators, Catalog catalog, std::vector<uint64_t> to_survey)
    : with_(collaborators),
      catalog_(std::move(catalog)),
      seal_seconds_(with_.metrics.AddHistogram(
          "daybook_storage_seal_seconds", "Time to seal a segment.", telemetry::SecondsBounds())),
      failures_(with_.metrics.AddCounter("daybook_storage_seal_failures_total",
                                         "Attempts to seal a segment that failed.")),
      to_survey_(to_survey.begin(), to_survey.end()),
      to_open_(NewestSealed(with_.table)),
      thread_([this] { Run(); }) {}

Sealer::~Sealer() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void Sealer::Add(uint64_t segment, std::unique_ptr<SegmentWriter> writer) {
  {
    const MutexLock lock(mutex_);
    jobs_.push_back({.segment = segment, .writer = std::move(writer)});
  }
  changed_.NotifyAll();
}

absl::Status Sealer::WaitForRoom(absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  const MutexLock lock(mutex_);
  if (jobs_.size() >= kMaxWaiting) changed_.NotifyAll();  // tries again now
  while (jobs_.size() >= kMaxWaiting && absl::Now() < deadline) {
    changed_.WaitFor(mutex_, deadline - absl::Now());
  }
  if (jobs_.size() < kMaxWaiting) return absl::OkStatus();
  if (absl::IsResourceExhausted(last_outcome_)) return last_outcome_;
  return QueueFullError(absl::StrCat("full segments wait to be sealed; retry a little later. ",
                                     last_outcome_.message()),
                        patience);
}

void Sealer::WaitUntilIdle() {
  const MutexLock lock(mutex_);
  while (last_outcome_.ok() && HasTask()) changed_.Wait(mutex_);
}

absl::Status Sealer::WaitUntilSealed(uint64_t segment) {
  const MutexLock lock(mutex_);
  const uint64_t attempts = attempts_;
  changed_.NotifyAll();  // tries again now
  while (IsWaiting(segment)) {
    if (attempts_ != attempts && !last_outcome_.ok()) return last_outcome_;
    changed_.Wait(mutex_);
  }
  return absl::OkStatus();
}

bool Sealer::IsWaiting(uint64_t segment) const {
  return std::any_of(jobs_.begin(), jobs_.end(),
                     [segment](const Job& job) { return job.segment == segment; });
}

absl::Status Sealer::Do(Errand errand) {
  Waiting waiting{.errand = errand, .outcome = std::nullopt};
  const MutexLock lock(mutex_);
  errands_.push_back(&waiting);
  changed_.NotifyAll();
  while (!waiting.outcome) changed_.Wait(mutex_);
  return *waiting.outcome;
}

void Sealer::Finish(Waiting& waiting) {
  absl::Status outcome = waiting.errand(catalog_);
  const MutexLock lock(mutex_);
  waiting.outcome = std::move(outcome);
  changed_.NotifyAll();
}

void Sealer::Run() {
  absl::Duration retry = kFirstRetry;
  std::unique_ptr<SegmentWriter> writer;  // of the segment that is being sealed
  while (const std::optional<Task> task = NextTask(writer)) {
    if (task->kind == Task::Kind::kErrand) {
      Finish(*task->waiting);
      continue;
    }
    const absl::Status outcome = Work(*task, writer);
    Settle(*task, outcome, retry);
    retry = outcome.ok() ? kFirstRetry : std::min(2 * retry, kLastRetry);
  }
}

bool Sealer::HasTask() const {
  return !(errands_.empty() && jobs_.empty() && to_survey_.empty() && to_open_.empty());
}

std::optional<Sealer::Task> Sealer::NextTask(std::unique_ptr<SegmentWriter>& writer) {
  const MutexLock lock(mutex_);
  while (!HasTask() && !ending_) changed_.Wait(mutex_);
  if (ending_) return std::nullopt;
  if (!errands_.empty()) {
    Waiting* const waiting = errands_.front();
    errands_.pop_front();
    return Task{.kind = Task::Kind::kErrand, .waiting = waiting};
  }
  if (!jobs_.empty()) {
    if (writer == nullptr) writer = std::move(jobs_.front().writer);
    return Task{.kind = Task::Kind::kSeal, .segment = jobs_.front().segment};
  }
  if (!to_survey_.empty()) return Task{.kind = Task::Kind::kSurvey, .segment = to_survey_.front()};
  return Task{.kind = Task::Kind::kOpen, .segment = to_open_.front()};
}

absl::Status Sealer::Work(const Task& task, std::unique_ptr<SegmentWriter>& writer) {
  if (task.kind == Task::Kind::kOpen) return OpenAhead(task.segment);
  const absl::Time begin = absl::Now();
  absl::Status outcome =
      task.kind == Task::Kind::kSurvey ? Survey(task.segment) : Seal(task.segment, writer);
  Report(task.segment, outcome, absl::Now() - begin);
  return outcome;
}

// What cannot be surveyed is found out when it is asked for; what cannot be
// sealed is tried again.
void Sealer::Settle(const Task& task, const absl::Status& outcome, absl::Duration retry) {
  const MutexLock lock(mutex_);
  last_outcome_ = outcome;
  ++attempts_;
  if (task.kind == Task::Kind::kOpen) {
    to_open_.pop_front();
  } else if (task.kind == Task::Kind::kSurvey) {
    to_survey_.pop_front();
  } else if (outcome.ok()) {
    jobs_.pop_front();
    to_open_.push_back(task.segment);
  }
  changed_.NotifyAll();
  if (!outcome.ok() && !ending_) changed_.WaitFor(mutex_, retry);
}

absl::Status Sealer::Seal(uint64_t segment, std::unique_ptr<SegmentWriter>& writer) {
  const std::string path = with_.layout.Segment(segment);
  // By an attempt that failed later, perhaps: then the file never changes again.
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_sealed, IsSealed(path));
  if (!is_sealed) {
    DAYBOOK_RETURN_IF_ERROR(KeepOpen(path, writer));
    DAYBOOK_RETURN_IF_ERROR(BuildIndexes(path));
  }
  DAYBOOK_RETURN_IF_ERROR(
      with_.readers.WithoutReaders(segment, kReadersPatience, [&]() -> absl::Status {
        if (!is_sealed) DAYBOOK_RETURN_IF_ERROR(writer->LeaveJournals());
        writer.reset();
        with_.readers.SetSealed(segment + 1);
        return absl::OkStatus();
      }));
  const SegmentTable::Full full = with_.table.FullSegment(segment);
  Zone zone = full.postings->ToZone();
  zone.number = segment;
  DAYBOOK_ASSIGN_OR_RETURN(zone.bytes, db::sqlite::FileSize(path));
  AddToFilters(zone, full, with_.subjects, with_.requests);
  DAYBOOK_RETURN_IF_ERROR(catalog_.Put(zone));
  with_.table.Seal(std::move(zone));
  return absl::OkStatus();
}

// The writer stays open as long as the segment has journals: with it stays what
// readers need beside the file, which cannot be made on a full disk.
absl::Status Sealer::KeepOpen(const std::string& path, std::unique_ptr<SegmentWriter>& writer) {
  if (writer != nullptr) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(SegmentWriter opened, SegmentWriter::Open(path));
  writer = std::make_unique<SegmentWriter>(std::move(opened));
  return absl::OkStatus();
}

absl::Status Sealer::Survey(uint64_t segment) {
  const std::shared_ptr<const Zone> known = with_.table.Find(segment).sealed;
  if (known == nullptr) return absl::OkStatus();  // it is dropped
  SegmentTable::Full full;
  DAYBOOK_RETURN_IF_ERROR(with_.readers.With(segment, [&](SegmentReader& reader) {
    DAYBOOK_ASSIGN_OR_RETURN(
        full,
        ReadFull(reader, known->first_seq, known->last_seq.value() - known->first_seq.value() + 1));
    return absl::OkStatus();
  }));
  Zone zone = *known;
  zone.counts = full.postings->ToZone().counts;
  AddToFilters(zone, full, with_.subjects, with_.requests);
  DAYBOOK_RETURN_IF_ERROR(catalog_.Put(zone));
  with_.table.Replace(std::move(zone));
  return absl::OkStatus();
}

// What cannot be opened is found out when it is asked for.
absl::Status Sealer::OpenAhead(uint64_t segment) {
  with_.readers.With(segment, [](SegmentReader&) { return absl::OkStatus(); }).IgnoreError();
  return absl::OkStatus();
}

void Sealer::Report(uint64_t segment, const absl::Status& outcome, absl::Duration took) {
  if (outcome.ok()) return seal_seconds_.Observe(absl::ToDoubleSeconds(took));
  failures_.Add();
  with_.log.Write(
      telemetry::Severity::kWarning, "segment_not_sealed",
      {{"segment", static_cast<int64_t>(segment)}, {"message", std::string(outcome.message())}});
}

}  // namespace daybook::storage::sqlite
