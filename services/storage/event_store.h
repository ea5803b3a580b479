#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "ledger/hash.h"
#include "ledger/leaf.h"
#include "ledger/tree.h"
#include "query/filter.h"
#include "storage/erasure.h"
#include "storage/manifest.h"
#include "storage/new_event.h"
#include "storage/scan_plan.h"
#include "storage/tally.h"

namespace daybook::storage {

// What became of the events of an append.
struct AppendReceipt {
  Seq first_seq{0};                       // the others follow without gap
  Micros created_at = 0;                  // of all of them
  std::vector<ledger::Hash> leaf_hashes;  // in their order
};

// In which order a scan gives events. Those of one event time come in that of their seqs,
// which is turned round with it.
enum class ScanOrder { kSeq, kSeqDescending, kEventTime, kEventTimeDescending };

inline bool IsDescending(ScanOrder order) {
  return order == ScanOrder::kSeqDescending || order == ScanOrder::kEventTimeDescending;
}
inline bool IsByEventTime(ScanOrder order) {
  return order == ScanOrder::kEventTime || order == ScanOrder::kEventTimeDescending;
}

// Which events a scan looks at, and how far it may go.
struct ScanRequest {
  query::Filter filter = {};
  ScanOrder order = ScanOrder::kSeqDescending;
  LogSize as_of{0};                       // only the first so many events
  std::optional<Seq> last_examined = {};  // goes on behind this one
  Micros last_event_time = 0;             // and this event time, in an order of that
  size_t limit = 100;                     // returns at most so many; at least 1
  uint64_t budget = 1'000'000;            // looks at about so many at most; at least 1
  bool explain = false;                   // also says how it was answered, where there is a choice
  // Asked now and then; true ends the scan with CANCELLED.
  std::function<bool()> cancelled = [] { return false; };
};

struct ScanResult {
  std::vector<audit::v1::Event> events;
  // Where to go on; nothing once all events have been examined. In an order of event times
  // there need not be an event of this seq and event time.
  std::optional<Seq> last_examined;
  Micros last_event_time = 0;
  bool budget_exhausted = false;
  uint64_t budget_used = 0;
  ScanPlan plan = {};  // empty unless asked for
};

// Which events are put into which groups; the scan goes from the newest on, and has no
// limit.
struct TallyRequest {
  ScanRequest scan;
  Grouping grouping = {};
  uint64_t min_count =
      0;  // smaller groups are left out, unless the scan ends before all is examined
  size_t max_bytes = size_t{64} << 20;  // ends as if its budget were used up
};

struct TallyResult {
  std::vector<TallyGroup> groups;    // as Tally has them
  std::optional<Seq> last_examined;  // as in ScanResult
};

// Durable home of events and of the ledger over them. Every engine passes the
// contract suite in tests/contract.
//
// Errors of all calls, besides their own:
//   UNAVAILABLE          the engine is busy or unreachable; safe to retry
//   DATA_LOSS            what is stored is damaged; do not retry
//
// Thread-safe.
class EventStore {
 public:
  virtual ~EventStore() = default;

  // Makes `events` durable, in order, and gives them their seqs, one record
  // time and their leaves. When it returns OK they are on disk. All or nothing:
  // on any error no event of them is seen, unless a crash of the machine
  // or disk kept from telling; FindRepeated then knows.
  //
  // RESOURCE_EXHAUSTED / STORE_FULL  no space left; works again once there is
  virtual absl::StatusOr<AppendReceipt> Append(std::span<const NewEvent* const> events) = 0;

  // The event that was recorded, within the window that request ids are
  // remembered, by the producer and under the request_id of `event`.
  virtual absl::StatusOr<std::optional<audit::v1::Event>> FindRepeated(const NewEvent& event) = 0;

  // How many events there are. Those below it can be read.
  virtual LogSize Size() const = 0;

  // The first event that is kept; 0 where none was dropped.
  virtual Seq Begin() const = 0;

  // NOT_FOUND / EVENT_NOT_FOUND  the log is not that long
  // NOT_FOUND / PRUNED           it is dropped
  virtual absl::StatusOr<audit::v1::Event> Get(Seq seq) = 0;

  // The leaf of an event, and what opens it. Errors as of Get; the leaf of a dropped
  // event may be among what remains, and nothing opens that.
  virtual absl::StatusOr<ledger::OpenedLeaf> GetLeaf(Seq seq) = 0;

  // The hashes of complete subtrees of the tree over the events, in their order.
  // OUT_OF_RANGE where the log does not fill one of them yet; NOT_FOUND / PRUNED where
  // one lay in what is dropped, and is not among what remains.
  virtual absl::StatusOr<std::vector<ledger::Hash>> ReadNodes(
      std::span<const ledger::Node> nodes) = 0;

  // The events that pass the filter, in the order that is asked for, up to the limit or the
  // budget. Events come complete, leaf_hash included. Scans that go on where one of the same
  // filter, order and `as_of` ended give each event once.
  virtual absl::StatusOr<ScanResult> Scan(const ScanRequest& request) = 0;

  // Groups and counts the events that pass the filter.
  virtual absl::StatusOr<TallyResult> Aggregate(const TallyRequest& request) = 0;

  // What the events first … last (both inclusive) are; at least one. OUT_OF_RANGE
  // where the log does not hold all of them yet; NOT_FOUND / PRUNED where some are
  // dropped.
  virtual absl::StatusOr<SpanSummary> Summarize(Seq first, Seq last) = 0;

  // The events first … last (both inclusive), in order, with no more of them than who
  // recorded them: seq, record time, producer and its number. Far less work than a Scan.
  // Errors as of Summarize.
  virtual absl::StatusOr<std::vector<audit::v1::Event>> ReadProducers(Seq first, Seq last) = 0;

  // How many parts of the store Erase would write anew.
  virtual uint64_t CountRewrites(const Erasure& erasure) const = 0;

  // Takes the fields of the groups out of the events, wherever the store keeps
  // them, and what finds the events by those. Leaf hashes stay. On OK all of it is
  // gone from disk; on an error, or CANCELLED once `cancelled` says so, some of it
  // may be: call it again. One call at a time. The caller has declared it.
  //
  // UNAVAILABLE                      readers are in the way; safe to retry
  // RESOURCE_EXHAUSTED / STORE_FULL  no space left; works again once there is
  virtual absl::Status Erase(const Erasure& erasure, const std::function<bool()>& cancelled) = 0;

  // Drops the events below `begin`: a multiple of SpanEvents, and of a span that is
  // complete. From the call on they are not seen; on OK their space is free, on an
  // error some of it may be: call it again. The RetentionStore has decided it.
  //
  // INVALID_ARGUMENT  it is none
  // UNAVAILABLE       readers are in the way; safe to retry
  virtual absl::Status Prune(Seq begin) = 0;
};

// NOT_FOUND / EVENT_NOT_FOUND.
absl::Status EventNotFoundError(Seq seq, LogSize size);

// NOT_FOUND / PRUNED.
absl::Status PrunedError(Seq seq, Seq begin);

// OUT_OF_RANGE where a tree of `size` leaves does not hold all of these.
absl::Status CheckComplete(std::span<const ledger::Node> nodes, LogSize size);

// How long a request_id is remembered.
inline constexpr Micros kRequestWindow = Micros{72} * 3600 * 1'000'000;

}  // namespace daybook::storage
