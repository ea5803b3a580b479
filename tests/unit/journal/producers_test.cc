#include "journal/producers.h"

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "storage/manifest.h"
#include "support/forwarding_event_store.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/memory_snapshot_store.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "support/waiting_answer.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::ListProducersRequest;
using ::daybook::audit::v1::ListProducersResponse;
using ::daybook::audit::v1::Producer;
using ::daybook::storage::NewEvent;
using ::daybook::testing::EventOf;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A log that cannot be read on.
class UnreadableStore final : public testing::ForwardingEventStore {
 public:
  using ForwardingEventStore::ForwardingEventStore;

  absl::StatusOr<std::vector<Event>> ReadProducers(Seq /*first*/, Seq /*last*/) override {
    return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged, "damaged");
  }
};

class ProducersTest : public ::testing::Test {
 protected:
  ProducersTest() { Start(); }

  void Start(const Producers::Options& options = {}) {
    producers_.reset();
    producers_.emplace(Producers::Collaborators{.store = store_,
                                                .snapshots = snapshots_,
                                                .tokens = tokens_,
                                                .clock = clock_,
                                                .pool = pool_,
                                                .metrics = metrics_,
                                                .log = log_},
                       options);
  }
  void Stop() { producers_.reset(); }

  // Appended, and observed as by the writer, unless nobody observes.
  void Record(const std::string& producer, const std::vector<std::optional<uint64_t>>& sequences) {
    std::vector<NewEvent> events;
    for (const std::optional<uint64_t> sequence : sequences) {
      Event event = EventOf("login");
      if (sequence) event.set_producer_sequence(*sequence);
      events.push_back(testing::MakeNewEvent(
          rules_, event,
          {.producer = producer, .source = audit::v1::SOURCE_CLAIMED, .request_id = ""},
          clock_.Now()));
    }
    const auto pointers = testing::PointersTo(events);
    const auto receipt = store_.Append(pointers);
    ASSERT_THAT(receipt, IsOk());
    if (producers_) producers_->Observe(*receipt, pointers);
  }

  absl::StatusOr<ListProducersResponse> TryList(const ListProducersRequest& request) {
    testing::WaitingAnswer<ListProducersResponse> answer;
    producers_->List({.producer = "tester", .source = audit::v1::SOURCE_CLAIMED}, request,
                     answer.Take());
    return answer.Get();
  }

  // Once all is counted.
  std::vector<Producer> List() {
    while (true) {
      const auto response = TryList({});
      if (!absl::IsUnavailable(response.status())) {
        return {response->producers().begin(), response->producers().end()};
      }
    }
  }

  static std::vector<std::string> GapsOf(const Producer& producer) {
    std::vector<std::string> gaps;
    for (const auto& gap : producer.gaps())
      gaps.push_back(absl::StrCat(gap.first(), "-", gap.last()));
    return gaps;
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::MemoryEventStore store_{clock_};
  testing::MemorySnapshotStore snapshots_;
  query::PageTokens tokens_{std::string(32, 'k')};
  WorkPool pool_{1, 16};
  std::ostringstream lines_;
  telemetry::Log log_{lines_, clock_};
  telemetry::Metrics metrics_;
  std::optional<Producers> producers_;
};

TEST_F(ProducersTest, AnEmptyLogHasNone) { EXPECT_THAT(List(), IsEmpty()); }

TEST_F(ProducersTest, SaysWhatEachHasRecordedAndWhen) {
  Record("shop", {1, std::nullopt});
  clock_.Advance(absl::Seconds(10));
  Record("shop", {2});
  Record("bot", {std::nullopt});
  clock_.Advance(absl::Seconds(7));

  const std::vector<Producer> listed = List();

  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].name(), "bot");
  EXPECT_EQ(listed[0].events(), 1);
  EXPECT_EQ(listed[0].sequenced_events(), 0);
  EXPECT_FALSE(listed[0].has_mean_interval());
  const Producer& shop = listed[1];
  EXPECT_EQ(shop.events(), 3);
  EXPECT_EQ(shop.sequenced_events(), 2);
  EXPECT_EQ(shop.last_sequence(), 2);
  EXPECT_EQ(shop.last_seen_time().seconds() - shop.first_seen_time().seconds(), 10);
  EXPECT_EQ(shop.silent_for().seconds(), 7);
  EXPECT_EQ(shop.mean_interval().seconds(), 5);
  EXPECT_THAT(shop.gaps(), IsEmpty());
}

TEST_F(ProducersTest, NamesTheNumbersThatNeverCame) {
  Record("shop", {3, 4, 8, 10, 9, 20});

  EXPECT_THAT(GapsOf(List().front()), ElementsAre("5-7", "11-19"));

  Record("shop", {6, 3, 12});
  EXPECT_THAT(GapsOf(List().front()), ElementsAre("5-5", "7-7", "11-11", "13-19"));

  Record("shop", {5, 7, 11});
  EXPECT_THAT(GapsOf(List().front()), ElementsAre("13-19"));
  EXPECT_EQ(List().front().last_sequence(), 20);
}

TEST_F(ProducersTest, KnowsTheGreatestNumberThereIs) {
  constexpr uint64_t kGreatest = (uint64_t{1} << 63) - 1;

  Record("shop", {0, kGreatest});

  EXPECT_EQ(List().front().last_sequence(), kGreatest);
  EXPECT_THAT(GapsOf(List().front()), ElementsAre(absl::StrCat("1-", kGreatest - 1)));
}

TEST_F(ProducersTest, SaysHowManyGapsItLeavesOut) {
  std::vector<std::optional<uint64_t>> odd;
  for (uint64_t i = 0; i < 3'001; ++i) odd.emplace_back(2 * i + 1);

  Record("shop", odd);

  const Producer shop = List().front();
  EXPECT_EQ(shop.gaps_size(), 100);
  EXPECT_EQ(static_cast<uint64_t>(shop.gaps_size()) + shop.more_gaps(), 3'000U);
}

TEST_F(ProducersTest, PagesByName) {
  for (const char* const name : {"d", "b", "a", "c", "e"}) Record(name, {1});
  ASSERT_EQ(List().size(), 5U);
  ListProducersRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    const auto page = TryList(request);
    ASSERT_THAT(page, IsOk());
    for (const Producer& producer : page->producers()) names.push_back(producer.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());

  EXPECT_THAT(names, ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(ProducersTest, ListsEachOfManyOnce) {
  std::vector<std::string> expected;
  for (int i = 1'000; i < 1'250; ++i) {
    expected.push_back(absl::StrCat("p", i));
    Record(expected.back(), {std::nullopt});
  }
  ASSERT_EQ(List().size(), 100U);

  // Pages that end where it lets the writer in, and others.
  for (const int page_size : {50, 99, 100, 101, 125, 249, 250, 251}) {
    ListProducersRequest request;
    request.set_page_size(page_size);
    std::vector<std::string> names;
    int pages = 0;
    do {
      const auto page = TryList(request);
      ASSERT_THAT(page, IsOk());
      for (const Producer& producer : page->producers()) names.push_back(producer.name());
      request.set_page_token(page->next_page_token());
      ++pages;
    } while (!request.page_token().empty());

    EXPECT_EQ(names, expected) << page_size;
    EXPECT_EQ(pages, (250 + page_size - 1) / page_size);
  }
}

TEST_F(ProducersTest, RefusesPagesThatAreNone) {
  ASSERT_THAT(List(), IsEmpty());
  ListProducersRequest negative;
  negative.set_page_size(-1);
  EXPECT_EQ(ReasonIn(TryList(negative).status()), "FIELD_INVALID");

  ListProducersRequest forged;
  forged.set_page_token("forged");
  EXPECT_EQ(ReasonIn(TryList(forged).status()), "PAGE_TOKEN_INVALID");
}

TEST_F(ProducersTest, CountsWhatWasRecordedBeforeItsTime) {
  Stop();
  Record("shop", {1, 2, 5});
  Record("bot", {std::nullopt});

  Start();

  const std::vector<Producer> listed = List();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[1].events(), 3);
  EXPECT_THAT(GapsOf(listed[1]), ElementsAre("3-4"));
}

TEST_F(ProducersTest, GoesOnFromWhatWasKept) {
  Record("shop", {1, 4});
  Stop();
  const auto kept = snapshots_.LoadSnapshot("producers");
  ASSERT_TRUE(kept->has_value());
  EXPECT_EQ((*kept)->size, LogSize(2));
  Record("shop", {2});
  // Were it read again, the log would say otherwise.
  store_.Tamper(Seq(0), [](Event& event) { event.set_producer("nobody"); });

  Start();

  const std::vector<Producer> listed = List();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].events(), 3);
  EXPECT_THAT(GapsOf(listed[0]), ElementsAre("3-3"));
}

TEST_F(ProducersTest, KeepsThemAsOftenAsItShould) {
  Start({.keep_after = 3});
  Record("shop", {1, 2});
  EXPECT_EQ(List().front().events(), 2);

  Record("shop", {4, 5, 6});

  std::optional<storage::Snapshot> kept;
  while (!kept || kept->size < LogSize(5)) kept = *snapshots_.LoadSnapshot("producers");
  EXPECT_EQ(kept->size, LogSize(5));
}

TEST_F(ProducersTest, CountsFromTheLogWhatCameBehindWhatWasKept) {
  Record("shop", {1, 4});
  Stop();
  const storage::Snapshot before = **snapshots_.LoadSnapshot("producers");
  Start();
  Record("shop", {2});
  Record("bot", {std::nullopt});
  Stop();
  // As after a crash: nothing was kept since.
  ASSERT_THAT(snapshots_.SaveSnapshot("producers", before), IsOk());

  Start();

  const std::vector<Producer> listed = List();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[1].events(), 3);
  EXPECT_THAT(GapsOf(listed[1]), ElementsAre("3-3"));
}

TEST_F(ProducersTest, CountsAnewWhatWasKeptAsNonsense) {
  Record("shop", {1, 4});
  Stop();
  storage::Snapshot nonsense = **snapshots_.LoadSnapshot("producers");
  nonsense.content = "nonsense";
  ASSERT_THAT(snapshots_.SaveSnapshot("producers", nonsense), IsOk());

  Start();

  EXPECT_EQ(List().front().events(), 2);
  EXPECT_THAT(lines_.str(), HasSubstr("producers_counted_anew"));
}

TEST_F(ProducersTest, SaysHowManyWereForgotten) {
  Start({.limits = {.max_producers = 10}});
  for (int i = 0; i < 11; ++i) Record(absl::StrCat("made-up-", i), {std::nullopt});

  const std::vector<Producer> listed = List();
  const auto response = TryList({});

  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->forgotten_producers(), 2);
  EXPECT_EQ(listed.size(), 9U);
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_journal_producers_forgotten 2"));
}

TEST_F(ProducersTest, DoesNotTakeAnotherLogsCounts) {
  Record("shop", {1, 4});
  Stop();
  storage::Snapshot other = **snapshots_.LoadSnapshot("producers");
  other.last_leaf[0] ^= 1;
  other.content = "";
  ASSERT_THAT(snapshots_.SaveSnapshot("producers", other), IsOk());

  Start();

  EXPECT_EQ(List().front().events(), 2);
}

TEST_F(ProducersTest, RemembersWhatIsDropped) {
  const uint64_t span = storage::SpanEvents(1);
  const std::vector<std::optional<uint64_t>> none(span / 4);
  for (int i = 0; i < 4; ++i) Record("shop", none);
  Record("bot", {1});
  ASSERT_THAT(store_.Prune(Seq(span)), IsOk());

  Start();

  const std::vector<Producer> listed = List();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[1].events(), span);
}

TEST_F(ProducersTest, IsKeptBeforeADropSoThatACrashForgetsNothing) {
  const uint64_t span = storage::SpanEvents(1);
  const std::vector<std::optional<uint64_t>> none(span / 4);
  for (int i = 0; i < 4; ++i) Record("shop", none);
  Record("bot", {1});

  producers_->Keep();
  const storage::Snapshot kept = **snapshots_.LoadSnapshot("producers");
  ASSERT_THAT(store_.Prune(Seq(span)), IsOk());
  Record("bot", {2});
  Stop();
  ASSERT_THAT(snapshots_.SaveSnapshot("producers", kept), IsOk());
  Start();

  const std::vector<Producer> listed = List();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].events(), 2);
  EXPECT_EQ(listed[1].events(), span);
}

TEST_F(ProducersTest, CountsWhatIsLeftWhereWhatWasKeptIsBeforeTheLogsBegin) {
  const uint64_t span = storage::SpanEvents(1);
  Record("shop", {1});
  Stop();
  const std::vector<std::optional<uint64_t>> none(span / 4);
  for (int i = 0; i < 4; ++i) Record("shop", none);
  ASSERT_THAT(store_.Prune(Seq(span)), IsOk());

  Start();

  EXPECT_EQ(List().front().events(), 1);
  EXPECT_THAT(lines_.str(), HasSubstr("producers_counted_anew"));
}

TEST_F(ProducersTest, AreNotWaitedForWhereTheLogCannotBeRead) {
  Stop();
  auto readable = std::make_unique<testing::MemoryEventStore>(clock_);
  const NewEvent event = testing::MakeNewEvent(
      rules_, EventOf("login"),
      {.producer = "bot", .source = audit::v1::SOURCE_CLAIMED, .request_id = ""}, clock_.Now());
  const NewEvent* const pointer = &event;
  ASSERT_THAT(readable->Append(std::span(&pointer, 1)), IsOk());
  UnreadableStore damaged(std::move(readable));
  producers_.emplace(Producers::Collaborators{.store = damaged,
                                              .snapshots = snapshots_,
                                              .tokens = tokens_,
                                              .clock = clock_,
                                              .pool = pool_,
                                              .metrics = metrics_,
                                              .log = log_},
                     Producers::Options{});

  auto response = TryList({});
  while (absl::IsUnavailable(response.status())) response = TryList({});

  EXPECT_EQ(ReasonIn(response.status()), "STORE_DAMAGED");
  Stop();
  EXPECT_THAT(lines_.str(), HasSubstr("producers_not_counted"));
}

TEST_F(ProducersTest, FindsWhatNobodyToldItOf) {
  Record("shop", {1});
  {
    // An append that came to light later: only the store knows.
    const NewEvent event = testing::MakeNewEvent(
        rules_, EventOf("login"),
        {.producer = "bot", .source = audit::v1::SOURCE_CLAIMED, .request_id = ""}, clock_.Now());
    const NewEvent* const pointer = &event;
    ASSERT_THAT(store_.Append(std::span(&pointer, 1)), IsOk());
  }

  Record("shop", {2});

  const std::vector<Producer> listed = List();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].name(), "bot");
  EXPECT_EQ(listed[1].events(), 2);
}

}  // namespace
}  // namespace daybook::journal
