// Fills a store, or checks one, for tests that kill it meanwhile:
//   store_driver make DIR EVENTS       a new store, sealed where it is full
//   store_driver append DIR COUNT...   appends of so many events each; prints the
//                                      size of the log after each, once it is told
//   store_driver check DIR COUNT...    says what is wrong with what is there, or the
//                                      size of the log; appends, and checks again
//   store_driver erase DIR             takes a person out of the events
//   store_driver check-erased DIR      completes what is left to do of that, says what
//                                      is wrong, or whether it is erased; and the leaves
// The event at seq N is always the same, so a loss or a repeat shows.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "core/clock.h"
#include "core/status_macros.h"
#include "db/sqlite/store_layout.h"
#include "journal/await.h"
#include "journal/eraser.h"
#include "ledger/tile_edge.h"
#include "migrator/store/migrations.h"
#include "query/filter.h"
#include "storage/sqlite/ledger_db.h"
#include "storage/sqlite/segment_reader.h"
#include "storage/sqlite/segment_seal.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "support/new_events.h"

namespace daybook::fault {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::storage::NewEvent;
using ::daybook::storage::sqlite::SqliteEventStore;

constexpr uint64_t kSegmentEvents = 32;
constexpr uint64_t kPersons = 5;
constexpr char kOnePerson[] = "telegram_id = \"the-person-1\"";

class Driver {
 public:
  explicit Driver(const std::string& folder) : layout_(folder) {}

  absl::Status Make(uint64_t events) {
    DAYBOOK_RETURN_IF_ERROR(
        migrator::store::RunAllMigrations(layout_, {.segment_events = kSegmentEvents}));
    DAYBOOK_RETURN_IF_ERROR(Open());
    DAYBOOK_RETURN_IF_ERROR(Append(events));
    store_->WaitUntilSealed();
    return absl::OkStatus();
  }

  absl::Status AppendEach(const std::vector<uint64_t>& counts) {
    DAYBOOK_RETURN_IF_ERROR(Open());
    for (const uint64_t count : counts) DAYBOOK_RETURN_IF_ERROR(Append(count));
    store_->WaitUntilSealed();
    return absl::OkStatus();
  }

  absl::Status Erase() {
    DAYBOOK_RETURN_IF_ERROR(OpenEraser());
    admin::v1::EraseEventsRequest request;
    request.set_filter(kOnePerson);
    request.add_groups(ledger::v1::FIELD_GROUP_SUBJECT);
    request.set_by("driver");
    request.set_ticket("T-1");
    request.set_reason("a test");
    using Response = admin::v1::EraseEventsResponse;
    return journal::Await<Response>([&](journal::Answer<Response> answer) {
             eraser_->Erase(request, std::move(answer));
           })
        .status();
  }

  absl::Status CheckErased() {
    DAYBOOK_RETURN_IF_ERROR(OpenEraser());
    eraser_->WaitUntilSettled();
    DAYBOOK_ASSIGN_OR_RETURN(const auto unfinished, ledger_->Unfinished());
    if (!unfinished.empty()) return Wrong("there is more to erase of ", unfinished.front().id);
    DAYBOOK_ASSIGN_OR_RETURN(const auto declared, Find("action = audit.erased"));
    uint64_t size = store_->Size().value();
    if (!declared.empty()) size = declared.front().seq();
    std::string leaves;
    for (uint64_t seq = 0; seq < size; ++seq) {
      DAYBOOK_ASSIGN_OR_RETURN(const Event event, store_->Get(Seq(seq)));
      const bool is_erased = seq % kPersons == 1 && !declared.empty();
      if (event.telegram_id().empty() != is_erased) return Wrong("wrongly erased or not: ", seq);
      leaves.append(event.leaf_hash());
    }
    DAYBOOK_ASSIGN_OR_RETURN(const auto found, Find(kOnePerson));
    if (found.empty() == declared.empty()) return Wrong("found after erasing: ", found.size());
    std::cout << declared.size() << ' ' << ledger::ToHex(ledger::Sha256(leaves)) << std::endl;
    return absl::OkStatus();
  }

  absl::Status Check(const std::vector<uint64_t>& counts) {
    DAYBOOK_RETURN_IF_ERROR(Open());
    std::cout << store_->Size().value() << std::endl;
    DAYBOOK_RETURN_IF_ERROR(CheckAll());
    for (const uint64_t count : counts) DAYBOOK_RETURN_IF_ERROR(Append(count));
    return CheckAll();
  }

 private:
  absl::Status CheckAll() {
    DAYBOOK_RETURN_IF_ERROR(CheckEvents());
    store_->WaitUntilSealed();
    DAYBOOK_RETURN_IF_ERROR(CheckEvents());
    DAYBOOK_RETURN_IF_ERROR(CheckSealed());
    return CheckTiles();
  }

  absl::Status Open() {
    DAYBOOK_ASSIGN_OR_RETURN(
        store_, SqliteEventStore::Open({.layout = layout_, .segment_events = kSegmentEvents},
                                       clock_, metrics_, log_));
    return absl::OkStatus();
  }

  absl::Status OpenEraser() {
    DAYBOOK_ASSIGN_OR_RETURN(ledger_, storage::sqlite::LedgerDb::Open(layout_));
    DAYBOOK_RETURN_IF_ERROR(Open());
    commits_.emplace(*store_, metrics_, journal::GroupCommit::Limits());
    eraser_.emplace(journal::Eraser::Collaborators{.store = *store_,
                                                   .journal = *ledger_,
                                                   .commits = *commits_,
                                                   .rules = rules_,
                                                   .clock = clock_,
                                                   .metrics = metrics_,
                                                   .log = log_});
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Event>> Find(const std::string& text) {
    storage::ScanRequest scan;
    DAYBOOK_ASSIGN_OR_RETURN(scan.filter, query::Filter::Parse(text));
    scan.as_of = store_->Size();
    DAYBOOK_ASSIGN_OR_RETURN(storage::ScanResult found, store_->Scan(scan));
    return std::move(found.events);
  }

  NewEvent Numbered(uint64_t number) const {
    Event event = testing::EventOf("login");
    event.set_telegram_id(absl::StrCat("the-person-", number % kPersons));
    return testing::MakeNewEvent(rules_, event, testing::FromTester(absl::StrCat("id-", number)),
                                 clock_.Now());
  }

  absl::Status Append(uint64_t count) {
    std::vector<NewEvent> events;
    events.reserve(count);
    for (uint64_t i = 0; i < count; ++i) events.push_back(Numbered(store_->Size().value() + i));
    DAYBOOK_RETURN_IF_ERROR(store_->Append(testing::PointersTo(events)).status());
    std::cout << store_->Size().value() << std::endl;
    return absl::OkStatus();
  }

  absl::Status CheckEvents() {
    const uint64_t size = store_->Size().value();
    for (uint64_t seq = 0; seq < size; ++seq) {
      DAYBOOK_ASSIGN_OR_RETURN(const Event event, store_->Get(Seq(seq)));
      if (event.request_id() != absl::StrCat("id-", seq)) return Wrong("another event at ", seq);
      DAYBOOK_ASSIGN_OR_RETURN(const auto repeated, store_->FindRepeated(Numbered(seq)));
      if (!repeated || repeated->seq() != seq)
        return Wrong("the request is not remembered of ", seq);
    }
    DAYBOOK_ASSIGN_OR_RETURN(const auto unknown, store_->FindRepeated(Numbered(size)));
    if (unknown) return Wrong("a request is remembered beyond the end, ", size);
    return CheckPerson(size);
  }

  absl::Status CheckPerson(uint64_t size) {
    DAYBOOK_ASSIGN_OR_RETURN(const query::Filter filter, query::Filter::Parse(kOnePerson));
    DAYBOOK_ASSIGN_OR_RETURN(const storage::ScanResult found,
                             store_->Scan({.filter = filter,
                                           .order = storage::ScanOrder::kSeq,
                                           .as_of = LogSize(size),
                                           .last_examined = {},
                                           .limit = size + 1}));
    uint64_t expected = 1;
    for (const Event& event : found.events) {
      if (event.seq() != expected) return Wrong("a query missed the event at ", expected);
      expected += kPersons;
    }
    return expected < size ? Wrong("a query missed the event at ", expected) : absl::OkStatus();
  }

  absl::Status CheckSealed() {
    const uint64_t full = store_->Size().value() / kSegmentEvents;
    for (uint64_t segment = 0; segment < full; ++segment) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool is_sealed,
                               storage::sqlite::IsSealed(layout_.Segment(segment)));
      if (!is_sealed) return Wrong("not sealed is segment ", segment);
    }
    return absl::OkStatus();
  }

  absl::Status CheckTiles() {
    ledger::TileEdge edge;
    std::vector<ledger::Tile> tiles;
    for (uint64_t seq = 0; seq < store_->Size().value(); ++seq) {
      DAYBOOK_ASSIGN_OR_RETURN(const Event event, store_->Get(Seq(seq)));
      ledger::Hash leaf;
      std::copy(event.leaf_hash().begin(), event.leaf_hash().end(), leaf.begin());
      edge.Add(leaf, tiles);
    }
    for (const ledger::Tile& tile : tiles) {
      const uint64_t segment = ledger::LastLeafOf(tile.level, tile.number).value() / kSegmentEvents;
      DAYBOOK_ASSIGN_OR_RETURN(auto reader,
                               storage::sqlite::SegmentReader::Open(layout_.Segment(segment)));
      DAYBOOK_ASSIGN_OR_RETURN(const auto stored, reader.ReadTile(tile.level, tile.number));
      if (stored != tile.hashes) return Wrong("another tile is stored as ", tile.number);
    }
    return absl::OkStatus();
  }

  static absl::Status Wrong(absl::string_view what, uint64_t number) {
    return absl::DataLossError(absl::StrCat(what, number));
  }

  const db::sqlite::StoreLayout layout_;
  const SystemClock clock_;
  const event::EventRules rules_ = *event::EventRules::Compile();
  telemetry::Metrics metrics_;
  telemetry::Log log_{std::cerr, clock_};
  std::unique_ptr<storage::sqlite::LedgerDb> ledger_;
  std::unique_ptr<SqliteEventStore> store_;
  std::optional<journal::GroupCommit> commits_;
  std::optional<journal::Eraser> eraser_;
};

absl::Status Run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) return absl::InvalidArgumentError("COMMAND DIR [COUNT...]");
  std::vector<uint64_t> counts;
  for (size_t i = 2; i < arguments.size(); ++i) {
    if (!absl::SimpleAtoi(arguments[i], &counts.emplace_back())) {
      return absl::InvalidArgumentError("a count is a number");
    }
  }
  Driver driver(arguments[1]);
  if (arguments[0] == "check") return driver.Check(counts);
  if (arguments[0] == "append") return driver.AppendEach(counts);
  if (arguments[0] == "erase") return driver.Erase();
  if (arguments[0] == "check-erased") return driver.CheckErased();
  if (arguments[0] == "make" && counts.size() == 1) return driver.Make(counts.front());
  return absl::InvalidArgumentError("make, append, check, erase or check-erased");
}

}  // namespace
}  // namespace daybook::fault

int main(int argc, char** argv) {
  const absl::Status outcome = daybook::fault::Run({argv + 1, argv + argc});
  if (outcome.ok()) return EXIT_SUCCESS;
  std::cerr << outcome.ToString() << "\n";
  return EXIT_FAILURE;
}
