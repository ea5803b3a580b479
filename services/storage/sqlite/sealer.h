#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "core/mutex.h"
#include "db/sqlite/store_layout.h"
#include "storage/sqlite/catalog.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/segment_filters.h"
#include "storage/sqlite/segment_table.h"
#include "storage/sqlite/segment_writer.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::storage::sqlite {

// Seals full segments on a thread of its own, in order, and tells the others by
// way of the table. What fails is logged and tried again; until it succeeds the
// segment is answered from memory.
//
// Thread-safe.
class Sealer {
 public:
  // All must outlive it.
  struct Collaborators {
    const db::sqlite::StoreLayout& layout;
    SegmentTable& table;
    ReaderPool& readers;
    SegmentFilters& subjects;
    SegmentFilters& requests;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };

  // `to_survey` are sealed segments that the filters or the catalog do not know
  // well; they are read when there is nothing else to do. Then the newest sealed
  // ones are opened, so that the first who asks need not.
  Sealer(const Collaborators& collaborators, Catalog catalog, std::vector<uint64_t> to_survey);

  // Ends after the step under way; the rest is for the next start.
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  // Hands over the next full segment, with its writer where that is open.
  void Add(uint64_t segment, std::unique_ptr<SegmentWriter> writer);

  // Waits until few enough segments wait: what is not sealed takes memory. After
  // `patience` RESOURCE_EXHAUSTED: STORE_FULL where that is why, else QUEUE_FULL.
  absl::Status WaitForRoom(absl::Duration patience);

  // Waits until nothing is left to do, or the last attempt failed.
  void WaitUntilIdle();

  // Waits until a full segment is sealed; the error of an attempt that fails
  // meanwhile.
  absl::Status WaitUntilSealed(uint64_t segment);

  // Runs `errand` on the thread, which alone changes the catalog, the filters and
  // sealed segments, and waits for it.
  using Errand = absl::FunctionRef<absl::Status(Catalog&)>;
  absl::Status Do(Errand errand);

 private:
  struct Job {
    uint64_t segment;
    std::unique_ptr<SegmentWriter> writer;
  };

  // What a thread that waits wants to have done.
  struct Waiting {
    Errand errand;
    std::optional<absl::Status> outcome;
  };

  struct Task {
    enum class Kind { kErrand, kSeal, kSurvey, kOpen };
    Kind kind;
    uint64_t segment = 0;
    Waiting* waiting = nullptr;  // whose errand it is
  };

  void Run();
  // Waits for one; nothing once this ends. Takes the writer of a new job.
  std::optional<Task> NextTask(std::unique_ptr<SegmentWriter>& writer);
  // Waits a while where the task failed.
  void Settle(const Task& task, const absl::Status& outcome, absl::Duration retry);
  bool HasTask() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(Waiting& waiting);
  absl::Status Work(const Task& task, std::unique_ptr<SegmentWriter>& writer);
  bool IsWaiting(uint64_t segment) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Seal(uint64_t segment, std::unique_ptr<SegmentWriter>& writer);
  static absl::Status KeepOpen(const std::string& path, std::unique_ptr<SegmentWriter>& writer);
  absl::Status Survey(uint64_t segment);
  absl::Status OpenAhead(uint64_t segment);
  void Report(uint64_t segment, const absl::Status& outcome, absl::Duration took);

  const Collaborators with_;
  Catalog catalog_;  // of the thread
  telemetry::Histogram seal_seconds_;
  telemetry::Counter failures_;

  Mutex mutex_;
  CondVar changed_;
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mutex_);  // the first is under way
  std::deque<uint64_t> to_survey_ ABSL_GUARDED_BY(mutex_);
  std::deque<uint64_t> to_open_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiting*> errands_ ABSL_GUARDED_BY(mutex_);
  uint64_t attempts_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status last_outcome_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

// Reads what a sealed segment holds, as sealing it knew it.
absl::StatusOr<SegmentTable::Full> ReadFull(SegmentReader& reader, Seq first, uint64_t events);

// Tells the filters what a sealed segment holds; on the sealer's thread.
void AddToFilters(const Zone& zone, const SegmentTable::Full& full, SegmentFilters& subjects,
                  SegmentFilters& requests);

}  // namespace daybook::storage::sqlite
