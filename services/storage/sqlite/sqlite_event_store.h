#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/clock.h"
#include "core/mutex.h"
#include "db/sqlite/store_layout.h"
#include "storage/event_store.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/request_index.h"
#include "storage/sqlite/segment_writer.h"

namespace daybook::storage::sqlite {

// The events of a folder of SQLite files; docs/storage.md describes it. The
// caller holds the store's service lock.
//
// Thread-safe.
class SqliteEventStore final : public EventStore {
 public:
  struct Options {
    db::sqlite::StoreLayout layout;
    uint64_t segment_events = 0;  // how many events a segment takes
  };

  // Opens a store that the migrator made, and puts right what a crash may have
  // left. `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<SqliteEventStore>> Open(Options options,
                                                                const Clock& clock);

  absl::StatusOr<AppendReceipt> Append(std::span<const NewEvent* const> events) override;
  absl::StatusOr<std::optional<audit::v1::Event>> FindRepeated(const NewEvent& event) override;
  LogSize Size() const override { return LogSize(size_.load(std::memory_order_acquire)); }
  absl::StatusOr<audit::v1::Event> Get(Seq seq) override;
  absl::StatusOr<ScanResult> Scan(const ScanRequest& request) override;

 private:
  SqliteEventStore(Options options, const Clock& clock);

  uint64_t SegmentOf(uint64_t seq) const { return seq / options_.segment_events; }

  // Finds the end of the log on disk and makes writer_ ready to go on there.
  absl::Status Reopen() ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::Status OpenActiveSegment(const std::vector<uint64_t>& numbers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::StatusOr<SegmentEnds> ReadEnds(uint64_t number);
  absl::Status Recover(uint64_t number);
  void FinishFullSegment(uint64_t number);
  absl::Status DiscardSegmentsAbove(uint64_t active, const std::vector<uint64_t>& numbers);
  Micros OldestRemembered() const;  // of the request ids
  absl::Status IndexNewRequests() ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::Status IndexRequestsIn(uint64_t segment, Micros since)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);

  // The events of an append that belong to one segment.
  struct Part {
    uint64_t segment;
    Seq first_seq;
    std::span<const NewEvent* const> events;
  };
  std::vector<Part> PartsOf(std::span<const NewEvent* const> events) const;

  // Commits the parts of one append: all or none.
  absl::Status AppendParts(Micros created_at, std::span<const Part> parts)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::StatusOr<SegmentWriter> StartSegment(uint64_t number);
  void GoOnIn(uint64_t segment, std::vector<SegmentWriter> started)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);

  const Options options_;
  const Clock& clock_;

  // Published after the commit; readers see events below it.
  std::atomic<uint64_t> size_ = 0;

  Mutex append_mutex_;
  bool is_open_ ABSL_GUARDED_BY(append_mutex_) = false;  // false: only the disk knows the end
  // Of the active segment; none where the last one is full.
  std::optional<SegmentWriter> writer_ ABSL_GUARDED_BY(append_mutex_);
  uint64_t writer_segment_ ABSL_GUARDED_BY(append_mutex_) = 0;
  Micros last_created_at_ ABSL_GUARDED_BY(append_mutex_) = kMinMicros;
  RequestIndex requests_ ABSL_GUARDED_BY(append_mutex_);
  uint64_t requests_indexed_ ABSL_GUARDED_BY(append_mutex_) = 0;  // those of seqs below it

  // Goes before writer_, which as the last to close moves the WAL into the file.
  ReaderPool readers_;
};

}  // namespace daybook::storage::sqlite
