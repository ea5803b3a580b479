#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "contract/event_store_contract.h"
#include "query/match.h"
#include "support/new_events.h"
#include "support/random_event.h"
#include "support/random_filter.h"
#include "support/status_matchers.h"

namespace daybook::contract {

using ::daybook::audit::v1::Event;
using ::daybook::query::FindField;
using ::daybook::storage::TallyGroup;
using ::daybook::storage::TallyRequest;
using ::daybook::testing::EventOf;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::MakeNewEvent;
using ::daybook::testing::RandomEvents;
using ::daybook::testing::RandomFilters;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

// A field that events are grouped by, and what a person would read there.
struct Key {
  std::string name;
  std::string (*text)(const Event&);
};

const std::vector<Key>& Keys() {
  static const auto* const keys = new std::vector<Key>{
      {"telegram_id", [](const Event& event) { return event.telegram_id(); }},
      {"user_id",
       [](const Event& event) {
         return event.has_user_id() ? absl::StrCat(event.user_id()) : std::string();
       }},
      {"actor", [](const Event& event) { return event.actor(); }},
      {"action", [](const Event& event) { return event.action(); }},
      {"outcome",
       [](const Event& event) { return audit::v1::Outcome_Name(event.outcome()).substr(8); }},
      {"ip_address", [](const Event& event) { return event.ip_address(); }},
      {"resource_type", [](const Event& event) { return event.resource_type(); }},
      {"producer", [](const Event& event) { return event.producer(); }},
      {"tenant", [](const Event& event) { return event.tenant(); }},
  };
  return *keys;
}

// What is expected of a group.
struct Expected {
  uint64_t count = 0;
  std::set<std::string> actors;
  std::set<uint64_t> seqs;
  std::map<Micros, uint64_t> bars;
};

using Groups = std::map<std::vector<std::string>, Expected>;

constexpr Micros kBar = 7'000'000;

Groups ExpectedOf(std::span<const Event> events, const std::vector<Key>& keys,
                  const query::Filter& filter) {
  Groups groups;
  for (const Event& event : events) {
    if (!query::Matches(filter, event)) continue;
    std::vector<std::string> values;
    values.reserve(keys.size());
    for (const Key& key : keys) values.push_back(key.text(event));
    Expected& group = groups[values];
    ++group.count;
    group.seqs.insert(event.seq());
    if (!event.actor().empty()) group.actors.insert(event.actor());
    const Micros time = MicrosOf(event.created_at());
    ++group.bars[time - ((time % kBar) + kBar) % kBar];
  }
  return groups;
}

// One text for what a group says, so that a difference shows whole.
std::string Print(const std::vector<std::string>& keys, uint64_t count, uint64_t actors,
                  const std::map<Micros, uint64_t>& bars) {
  return absl::StrCat("[", absl::StrJoin(keys, "|"), "] ", count, " events, ", actors, " actors, ",
                      absl::StrJoin(bars, ",", absl::PairFormatter(":")));
}

std::set<std::string> Print(const Groups& groups) {
  std::set<std::string> lines;
  for (const auto& [keys, group] : groups) {
    lines.insert(Print(keys, group.count, group.actors.size(), group.bars));
  }
  return lines;
}

std::set<std::string> Print(const std::vector<TallyGroup>& groups) {
  std::set<std::string> lines;
  for (const TallyGroup& group : groups) {
    std::map<Micros, uint64_t> bars;
    for (const auto& [begin, bar] : group.bars) bars[begin] = bar.count;
    lines.insert(Print(group.keys, group.all.count, group.distinct.front(), bars));
  }
  return lines;
}

std::vector<Event> AllOf(storage::EventStore& store) {
  const auto all = store.Scan({.order = storage::ScanOrder::kSeq,
                               .as_of = store.Size(),
                               .limit = store.Size().value() + 1});
  EXPECT_THAT(all, IsOk());
  return all.ok() ? all->events : std::vector<Event>();
}

TallyRequest WholeLog() { return {.scan = {.as_of = LogSize(~uint64_t{0})}}; }

query::Filter FilterOf(const std::string& text) {
  auto filter = query::Filter::Parse(text);
  EXPECT_THAT(filter, IsOk()) << text;
  return filter.ok() ? *filter : query::Filter();
}

}  // namespace

TEST_P(EventStoreContract, AggregatingNothingGivesNoGroup) {
  const auto result = store_->Aggregate(WholeLog());

  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(result->groups, IsEmpty());
  EXPECT_EQ(result->last_examined, std::nullopt);
}

TEST_P(EventStoreContract, RandomGroupsAreThoseOfTheirEvents) {
  RandomEvents random(11);
  RandomFilters filters(12);
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(absl::Milliseconds(random.Below(12'000)));
    std::vector<storage::NewEvent> events;
    for (int j = 0; j < 4; ++j) {
      const event::Provenance from = {
          .producer = random.Producer(), .source = random.Source(), .request_id = ""};
      events.push_back(MakeNewEvent(rules_, random.Next(), from, clock_.Now()));
    }
    ASSERT_THAT(Append(events), IsOk());
  }
  const std::vector<Event> events = AllOf(*store_);
  ASSERT_EQ(events.size(), 400);
  const Micros middle = MicrosOf(events[200].created_at());

  for (int i = 0; i < 300; ++i) {
    std::vector<Key> keys;
    TallyRequest request = WholeLog();
    for (const Key& key : Keys()) {
      if (random.Below(4) != 0) continue;
      keys.push_back(key);
      request.grouping.keys.push_back(FindField(key.name));
    }
    request.grouping.distinct = {{.field = FindField("actor")}};
    request.grouping.bar = kBar;
    std::string text = filters.Next();
    if (random.Below(3) == 0) text = absl::StrCat("outcome != SUCCESS AND (", text, ")");
    if (random.Below(2) == 0) {
      text = absl::StrCat("created_at ", random.OneOf({"<", "<=", ">", ">=", "="}), " \"",
                          FormatTime(middle + random.Below(3) - 1), "\" AND (", text, ")");
    }
    request.scan.filter = FilterOf(text);
    // Those recorded before somebody asked, and not asked for before.
    auto asked = static_cast<int>(events.size());
    if (random.Below(2) == 0) {
      asked = random.Below(asked) + 1;
      request.scan.as_of = LogSize(static_cast<uint64_t>(asked));
    }
    if (random.Below(2) == 0) {
      asked = random.Below(asked);
      request.scan.last_examined = Seq(static_cast<uint64_t>(asked));
    }

    const auto result = store_->Aggregate(request);

    ASSERT_THAT(result, IsOk()) << text;
    const Groups expected =
        ExpectedOf(std::span(events).first(static_cast<size_t>(asked)), keys, request.scan.filter);
    EXPECT_EQ(Print(result->groups), Print(expected)) << text;
    for (const TallyGroup& group : result->groups) {
      for (const Seq seq : group.samples) {
        EXPECT_TRUE(expected.at(group.keys).seqs.contains(seq.value())) << text;
      }
    }
  }
}

TEST_P(EventStoreContract, TheLargestGroupsComeFirstAndEqualOnesByTheirKeys) {
  for (const std::string action : {"b.b", "c.c", "a.a", "c.c"}) {
    ASSERT_THAT(Append({Make(action)}), IsOk());
  }
  TallyRequest request = WholeLog();
  request.grouping.keys = {FindField("action")};

  const auto result = store_->Aggregate(request);

  ASSERT_THAT(result, IsOk());
  std::vector<std::string> keys;
  for (const TallyGroup& group : result->groups) keys.push_back(group.keys.front());
  EXPECT_THAT(keys, ElementsAre("c.c", "a.a", "b.b"));
}

TEST_P(EventStoreContract, SmallGroupsAreLeftOut) {
  for (const std::string action : {"b.b", "c.c", "a.a", "c.c"}) {
    ASSERT_THAT(Append({Make(action)}), IsOk());
  }
  TallyRequest request = WholeLog();
  request.grouping.keys = {FindField("action")};
  request.min_count = 2;

  const auto result = store_->Aggregate(request);

  ASSERT_THAT(result, IsOk());
  ASSERT_EQ(result->groups.size(), 1);
  EXPECT_THAT(result->groups.front().keys, ElementsAre("c.c"));
}

// What is small here may be large in all.
TEST_P(EventStoreContract, SmallGroupsOfAPartStay) {
  for (int i = 0; i < 100; ++i) ASSERT_THAT(Append({Make("a.a")}), IsOk());
  TallyRequest request = WholeLog();
  request.scan.filter = FilterOf("user_agent != \"x\" OR action = a.a");
  request.scan.budget = 7;
  request.min_count = 1'000;

  const auto result = store_->Aggregate(request);

  ASSERT_THAT(result, IsOk());
  EXPECT_NE(result->last_examined, std::nullopt);
  EXPECT_EQ(result->groups.size(), 1);
}

TEST_P(EventStoreContract, SumsAreThoseOfTheNumbersInDetails) {
  for (const std::string details :
       {R"({"amount":0.1})", R"({"amount":0.2})", R"({"amount":"7"})", "", R"({"amount":1e1})"}) {
    Event event = EventOf("deposit_confirmed");
    event.set_details(details);
    ASSERT_THAT(Append({Make(event)}), IsOk());
  }
  TallyRequest request = WholeLog();
  request.grouping.sums = {{.field = FindField("details"), .path = {"amount"}}};
  request.grouping.distinct = {{.field = FindField("details"), .path = {"amount"}}};

  const auto result = store_->Aggregate(request);

  ASSERT_THAT(result, IsOk());
  ASSERT_EQ(result->groups.size(), 1);
  const TallyGroup& group = result->groups.front();
  EXPECT_EQ(group.all.count, 5);
  EXPECT_EQ(group.all.sums.front().text(), "10.3");
  EXPECT_EQ(group.all.sums.front().numbers(), 3);
  EXPECT_THAT(group.distinct, ElementsAre(4));
}

TEST_P(EventStoreContract, DetailsAndPublicDetailsAreAskedAtOnce) {
  Event event = EventOf("deposit_confirmed");
  event.set_details(R"({"amount":7,"who":"a"})");
  event.set_public_details(R"({"amount":40,"who":"b"})");
  event::Provenance service = testing::FromTester();
  service.source = audit::v1::SOURCE_SERVICE;
  ASSERT_THAT(Append({MakeNewEvent(rules_, event, service, absl::UnixEpoch())}), IsOk());
  TallyRequest request = WholeLog();
  for (const char* const field : {"details", "public_details", "actor"}) {
    const std::vector<std::string> path = field == std::string("actor")
                                              ? std::vector<std::string>()
                                              : std::vector<std::string>{"who"};
    request.grouping.distinct.push_back({.field = FindField(field), .path = path});
  }
  request.grouping.sums = {{.field = FindField("public_details"), .path = {"amount"}},
                           {.field = FindField("details"), .path = {"amount"}}};

  const auto result = store_->Aggregate(request);

  ASSERT_THAT(result, IsOk());
  ASSERT_EQ(result->groups.size(), 1);
  const TallyGroup& group = result->groups.front();
  EXPECT_EQ(group.all.sums[0].text(), "40");
  EXPECT_EQ(group.all.sums[1].text(), "7");
  EXPECT_THAT(group.distinct, ElementsAre(1, 1, 0));
}

TEST_P(EventStoreContract, SumsOfPublicDetailsAreNotThoseOfDetails) {
  for (int i = 0; i < 3; ++i) {
    Event event = EventOf("deposit_confirmed");
    event.set_details(R"({"amount":7})");
    ASSERT_THAT(Append({Make(event)}), IsOk());
  }
  TallyRequest request = WholeLog();
  request.grouping.sums = {{.field = FindField("public_details"), .path = {"amount"}}};

  const auto result = store_->Aggregate(request);

  ASSERT_THAT(result, IsOk());
  ASSERT_EQ(result->groups.size(), 1);
  EXPECT_EQ(result->groups.front().all.sums.front().numbers(), 0);
}

TEST_P(EventStoreContract, APartThatEndsWithItsBudgetIsGoneOnBehind) {
  for (int i = 0; i < 100; ++i) ASSERT_THAT(Append({Make(i % 2 == 0 ? "a.a" : "b.b")}), IsOk());
  TallyRequest request = WholeLog();
  request.scan.filter = FilterOf("user_agent != \"x\" OR action = a.a");
  request.scan.budget = 7;
  uint64_t counted = 0;
  int parts = 0;

  do {
    const auto result = store_->Aggregate(request);
    ASSERT_THAT(result, IsOk());
    for (const TallyGroup& group : result->groups) counted += group.all.count;
    request.scan.last_examined = result->last_examined;
    ++parts;
  } while (request.scan.last_examined && parts < 200);

  EXPECT_EQ(counted, 50);
  EXPECT_GT(parts, 1);
  EXPECT_LT(parts, 101);
}

TEST_P(EventStoreContract, AggregatingEndsWhereNobodyWaitsAnyMore) {
  ASSERT_THAT(Append({Make("login")}), IsOk());
  TallyRequest request = WholeLog();
  request.scan.cancelled = [] { return true; };

  EXPECT_THAT(store_->Aggregate(request), HasCode(absl::StatusCode::kCancelled));
}

}  // namespace daybook::contract
