#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"

#include "core/clock.h"
#include "core/mutex.h"
#include "db/sqlite/store_layout.h"
#include "ledger/tile_edge.h"
#include "storage/event_store.h"
#include "storage/retention_store.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/sealer.h"
#include "storage/sqlite/segment_filters.h"
#include "storage/sqlite/segment_rewrite.h"
#include "storage/sqlite/segment_table.h"
#include "storage/sqlite/segment_writer.h"
#include "storage/sqlite/seq_bounds.h"
#include "storage/sqlite/upper_tree.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

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
    // What the store's CheckpointStore keeps of the tree; so a start need not read
    // it from the segments.
    std::vector<ledger::Hash> subtrees = {};
    // Where the log begins, and what remains of what was before; nullptr where
    // nothing was ever dropped.
    std::shared_ptr<RetentionStore> retention = nullptr;
  };

  // Opens a store that the migrator made, and puts right what a crash may have
  // left. The others must outlive it.
  static absl::StatusOr<std::unique_ptr<SqliteEventStore>> Open(Options options, const Clock& clock,
                                                                telemetry::Metrics& metrics,
                                                                telemetry::Log& log);

  absl::StatusOr<AppendReceipt> Append(std::span<const NewEvent* const> events) override;
  absl::StatusOr<std::optional<audit::v1::Event>> FindRepeated(const NewEvent& event) override;
  LogSize Size() const override { return LogSize(size_.load(std::memory_order_acquire)); }
  Seq Begin() const override { return Seq(begin_.load(std::memory_order_acquire)); }
  absl::StatusOr<audit::v1::Event> Get(Seq seq) override;
  absl::StatusOr<ledger::OpenedLeaf> GetLeaf(Seq seq) override;
  absl::StatusOr<std::vector<ledger::Hash>> ReadNodes(std::span<const ledger::Node> nodes) override;
  absl::StatusOr<ScanResult> Scan(const ScanRequest& request) override;
  absl::StatusOr<TallyResult> Aggregate(const TallyRequest& request) override;
  absl::StatusOr<SpanSummary> Summarize(Seq first, Seq last) override;
  absl::StatusOr<std::vector<audit::v1::Event>> ReadProducers(Seq first, Seq last) override;
  uint64_t CountRewrites(const Erasure& erasure) const override;
  absl::Status Erase(const Erasure& erasure, const std::function<bool()>& cancelled) override;
  absl::Status Prune(Seq begin) override;

  // Waits until every full segment is sealed, or sealing one has failed.
  void WaitUntilSealed() { sealer_->WaitUntilIdle(); }

 private:
  SqliteEventStore(Options options, const Clock& clock, telemetry::Metrics& metrics);

  uint64_t SegmentOf(Seq seq) const { return seq.value() / options_.segment_events; }

  absl::Status Start(telemetry::Metrics& metrics, telemetry::Log& log);
  // Learns where the log begins, and removes what a crash left of what is dropped.
  absl::Status FindBegin();
  absl::StatusOr<std::vector<uint64_t>> KeptSegments() const;
  void OpenFilters(const std::vector<Zone>& zones);
  // The sealed segments that the filters say nothing of, oldest first.
  std::vector<uint64_t> ToSurvey() const;
  // Takes in segments that were sealed but are not in the catalog.
  absl::Status AdoptSealed(Catalog& catalog, std::vector<Zone>& zones);
  absl::StatusOr<Zone> ReadZone(uint64_t number);

  // Finds the end of the log on disk and makes writer_ ready to go on there.
  absl::Status Reopen() ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::Status OpenActiveSegment(const std::vector<uint64_t>& numbers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::StatusOr<SegmentEnds> ReadEnds(uint64_t number);
  absl::Status Recover(uint64_t number);
  absl::Status DiscardSegmentsAbove(uint64_t active, const std::vector<uint64_t>& numbers);
  absl::Status RecordStored(LogSize size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::Status LoadEdge(LogSize size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::StatusOr<std::vector<ledger::Hash>> ReadLeaves(Seq first, LogSize end);

  absl::StatusOr<audit::v1::Event> ReadEvent(Seq seq);
  // Reads the events first … last (both inclusive) some at a time, in order, from the segments
  // that hold them. Errors as of Summarize.
  using ReadSpan = absl::FunctionRef<absl::Status(SegmentReader&, Seq first, Seq last)>;
  absl::Status ReadBySpans(Seq first, Seq last, ReadSpan read);
  Segments segments();
  SeqBounds KeptFor(const ScanRequest& request) const;
  void ExplainPassedBy(const SeqBounds& kept, const SeqBounds& bounds, ScanPlan& plan) const;

  std::shared_ptr<const ledger::TileEdge> Edge() const;
  void SetEdge(ledger::TileEdge edge);

  Micros OldestRemembered() const;  // of the request ids
  absl::StatusOr<std::optional<audit::v1::Event>> GetIfRepeated(Seq seq, const NewEvent& event);
  absl::StatusOr<std::optional<Seq>> FindSealedRequest(const NewEvent& event);

  // The events of an append that belong to one segment.
  struct Part {
    uint64_t segment;
    Seq first_seq;
    std::span<const NewEvent* const> events;
    std::vector<ledger::Tile> tiles;  // that they complete
  };
  std::vector<Part> PartsOf(std::span<const NewEvent* const> events) const;
  static std::vector<ledger::Hash> CutTiles(Micros created_at, std::vector<Part>& parts,
                                            ledger::TileEdge& edge);

  // Commits the parts of one append: all or none.
  absl::Status AppendParts(Micros created_at, std::span<const Part> parts,
                           std::vector<SegmentWriter>& started)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::StatusOr<SegmentWriter> StartSegment(uint64_t number);
  void Publish(const AppendReceipt& receipt, std::span<const NewEvent* const> events);
  void GoOnBehind(std::span<const Part> parts, std::vector<SegmentWriter> started)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);

  // Takes what `rewrite` says out of a segment. True where it was the active one
  // that holds it, and so is done.
  absl::Status EraseIn(uint64_t segment, SegmentRewrite rewrite);
  bool IsActive(uint64_t segment);
  absl::StatusOr<bool> EraseInActive(uint64_t segment, const SegmentRewrite& rewrite);
  absl::Status ReplaceActive(uint64_t segment, const std::string& by)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::Status ReadActiveAgain(uint64_t segment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(append_mutex_);
  absl::Status EraseInSealed(uint64_t segment, SegmentRewrite rewrite, Catalog& catalog);

  absl::Status DropBelow(uint64_t end, Catalog& catalog);
  absl::StatusOr<ledger::OpenedLeaf> GetKeptLeaf(Seq seq);

  const Options options_;
  const Clock& clock_;

  // Published after the commit; readers see events below it, and from begin_ on.
  std::atomic<uint64_t> size_ = 0;
  std::atomic<uint64_t> begin_ = 0;

  Mutex append_mutex_;
  bool is_open_ ABSL_GUARDED_BY(append_mutex_) = false;  // false: only the disk knows the end
  // Of the active segment; none where the last one is full.
  std::optional<SegmentWriter> writer_ ABSL_GUARDED_BY(append_mutex_);
  uint64_t active_ ABSL_GUARDED_BY(append_mutex_) = 0;  // the first that may not be full
  Micros last_created_at_ ABSL_GUARDED_BY(append_mutex_) = kMinMicros;

  // Never behind size_: replaced when an append is committed, and read meanwhile.
  mutable Mutex edge_mutex_;
  std::shared_ptr<const ledger::TileEdge> edge_ ABSL_GUARDED_BY(edge_mutex_) =
      std::make_shared<ledger::TileEdge>();

  UpperTree upper_;
  SegmentTable table_;
  std::unique_ptr<SegmentFilters> subjects_;
  std::unique_ptr<SegmentFilters> requests_;

  // Goes before writer_, which as the last to close moves the WAL into the file.
  ReaderPool readers_;

  // Goes first: it uses all of them.
  std::unique_ptr<Sealer> sealer_;

  // What Erase was at when it did not come to its end, and the segments below are
  // done.
  Mutex erase_mutex_;
  std::optional<Erasure> begun_ ABSL_GUARDED_BY(erase_mutex_);
  uint64_t erased_below_ ABSL_GUARDED_BY(erase_mutex_) = 0;
};

}  // namespace daybook::storage::sqlite
