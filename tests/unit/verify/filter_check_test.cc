#include "verify/filter_check.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "db/sqlite/file_lock.h"
#include "storage/sqlite/filter_format.h"
#include "storage/sqlite/lookup_key.h"
#include "storage/sqlite/request_index.h"
#include "storage/sqlite/segment_filters.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"
#include "verify/live_verifier.h"

namespace daybook::verify {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::storage::sqlite::FilterHeader;
using ::daybook::storage::sqlite::FilterKind;
using ::daybook::storage::sqlite::FilterPlaces;
using ::daybook::storage::sqlite::kFilterHeaderBytes;
using ::daybook::storage::sqlite::kRequestFilters;
using ::daybook::storage::sqlite::kSubjectFilters;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// More rows than are read between two looks, so that something can happen in between.
constexpr uint64_t kRows = 2'048;
constexpr uint64_t kAll = 2 * kRows + 10;

// A file of filters, read whole and written back.
class FilterFile {
 public:
  FilterFile(const db::sqlite::StoreLayout& layout, const FilterKind& kind)
      : path_(storage::sqlite::FilterPath(layout.FilterPrefix(kind.name), 0)) {
    std::ifstream file(path_, std::ios::binary);
    file.read(reinterpret_cast<char*>(&header_), sizeof(header_));
    words_.resize(storage::sqlite::FilterWords(kind, kRows));
    file.seekg(kFilterHeaderBytes);
    file.read(reinterpret_cast<char*>(words_.data()), Bytes());
  }
  ~FilterFile() { Write(); }
  FilterFile(const FilterFile&) = delete;
  FilterFile& operator=(const FilterFile&) = delete;

  void Write() const {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.write(reinterpret_cast<const char*>(&header_), sizeof(header_));
    file.seekp(kFilterHeaderBytes);
    file.write(reinterpret_cast<const char*>(words_.data()), Bytes());
  }

  FilterHeader& header() { return header_; }
  std::vector<uint64_t>& words() { return words_; }

 private:
  std::streamsize Bytes() const {
    return static_cast<std::streamsize>(words_.size() * sizeof(uint64_t));
  }

  std::string path_;
  FilterHeader header_{};
  std::vector<uint64_t> words_;
};

uint64_t RequestKey(uint64_t seq) {
  return storage::sqlite::DigestOf(*storage::RequestKeyOf("tester", absl::StrCat("id-", seq)));
}

const uint64_t kSubjectPlaces = storage::sqlite::FilterWords(kSubjectFilters, kRows);
const uint64_t kRequestPlaces = storage::sqlite::FilterWords(kRequestFilters, kRows);

uint64_t FirstPlace(uint64_t request) { return FilterPlaces(request, kRequestPlaces).Next(); }

bool HasPlace(uint64_t request, uint64_t place) {
  FilterPlaces places(request, kRequestPlaces);
  for (int probe = 0; probe < storage::sqlite::kFilterProbes; ++probe) {
    if (places.Next() == place) return true;
  }
  return false;
}

// Two sealed segments and the beginning of a third.
class FilterCheckTest : public ::testing::Test {
 protected:
  FilterCheckTest() {
    std::vector<storage::NewEvent> events;
    events.reserve(kAll);
    for (uint64_t seq = 0; seq < kAll; ++seq) events.push_back(EventAt(seq));
    EXPECT_THAT(store_->Append(testing::PointersTo(events)), IsOk());
    store_->WaitUntilSealed();
  }

  storage::NewEvent EventAt(uint64_t seq) const {
    Event event = testing::EventOf("login");
    event.set_telegram_id(absl::StrCat("tg-", seq));
    event.set_user_id(static_cast<int64_t>(seq % 100));
    event.set_actor("everybody");
    if (seq % 2 == 0) event.set_resource_id(absl::StrCat("r-", seq));
    const event::Provenance from{.producer = "tester",
                                 .source = audit::v1::SOURCE_CLAIMED,
                                 .request_id = absl::StrCat("id-", seq)};
    return testing::MakeNewEvent(rules_, event, from, clock_.Now());
  }

  // As the log must say it, for an erasure not to be a finding of its own.
  void DeclareErased(uint64_t first, uint64_t last) {
    Event event = testing::EventOf(storage::kErasedAction);
    event.set_public_details(R"({"groups":["subject","object"]})");
    event.set_details(absl::StrCat("{\"ranges\":[[", first, ",", last, "]]}"));
    const event::Provenance from{
        .producer = "daybook", .source = audit::v1::SOURCE_SERVICE, .request_id = ""};
    const storage::NewEvent declaration = testing::MakeNewEvent(rules_, event, from, clock_.Now());
    const std::vector<const storage::NewEvent*> events = {&declaration};
    ASSERT_THAT(store_->Append(events), IsOk());
  }

  void Erase(uint64_t first, uint64_t last) {
    const storage::Erasure erasure{.ranges = {{.first = Seq(first), .last = Seq(last)}},
                                   .groups = {ledger::Group::kSubject, ledger::Group::kObject}};
    ASSERT_THAT(store_->Erase(erasure, [] { return false; }), IsOk());
  }

  std::string PathOf(const FilterKind& kind) const {
    return storage::sqlite::FilterPath(folder_.layout().FilterPrefix(kind.name), 0);
  }

  void ChangeWords(const FilterKind& kind, const std::function<uint64_t(uint64_t)>& change) const {
    FilterFile file(folder_.layout(), kind);
    for (uint64_t& word : file.words()) word = change(word);
  }

  // Reasons, seqs and files.
  std::vector<std::string> Verify() const {
    auto verifier = LiveVerifier::Open(folder_.layout(), {.threads = 2}).value();
    const auto report = verifier.Verify({}, [](absl::Duration) { return true; });
    EXPECT_THAT(report, IsOk());
    std::vector<std::string> found;
    for (const Finding& finding : report->findings.list()) {
      found.push_back(absl::StrCat(NameOf(finding.fault),
                                   finding.first_seq ? absl::StrCat(" ", *finding.first_seq) : "",
                                   ": ", finding.what));
    }
    return found;
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{kRows};
  std::unique_ptr<storage::sqlite::SqliteEventStore> store_ = folder_.Open(clock_).value();
};

TEST_F(FilterCheckTest, WhatTheServiceWritesDeniesNothing) { EXPECT_THAT(Verify(), IsEmpty()); }

TEST_F(FilterCheckTest, NamesTheFirstEventThatAFilterDenies) {
  // Those before may share the place that is cleared.
  const uint64_t place = FirstPlace(RequestKey(1'500));
  uint64_t first = 0;
  while (!HasPlace(RequestKey(first), place)) ++first;
  FilterFile(folder_.layout(), kRequestFilters).words()[place] &= ~uint64_t{1};

  EXPECT_THAT(Verify(),
              ElementsAre(absl::StrCat("FILTER_MISMATCH ", first,
                                       ": segments/requests-000000.filter lacks its request_id")));
}

TEST_F(FilterCheckTest, FindsEachKeyThatAPersonOrResourceIsFoundBy) {
  const std::vector<std::pair<std::string, storage::sqlite::LookupValues>> all = {
      {"telegram_id", {.telegram_id = "tg-0"}},
      {"user_id", {.user_id = 0}},
      {"actor", {.actor = "everybody"}},
      {"resource_id", {.resource_id = "r-0"}}};
  for (size_t key = 0; key < all.size(); ++key) {
    const auto digests = storage::sqlite::DigestsOf(all[key].second);
    FilterFile subjects(folder_.layout(), kSubjectFilters);
    uint64_t& word =
        subjects
            .words()[FilterPlaces(storage::sqlite::SubjectKey({.key = key, .digest = digests[key]}),
                                  kSubjectPlaces)
                         .Next()];
    const uint64_t right = word;
    word &= ~uint64_t{1};
    subjects.Write();

    EXPECT_THAT(Verify(), ElementsAre(absl::StrCat(
                              "FILTER_MISMATCH 0: segments/subjects-000000.filter lacks its ",
                              all[key].first)));
    word = right;
  }
}

TEST_F(FilterCheckTest, TheFilterOfAnotherSegmentDeniesTheFirstEvent) {
  ChangeWords(kSubjectFilters, [](uint64_t word) {
    return (word & ~uint64_t{3}) | (word >> 1 & 1) | (word << 1 & 2);
  });

  EXPECT_THAT(
      Verify(),
      ElementsAre("FILTER_MISMATCH 0: segments/subjects-000000.filter lacks its telegram_id",
                  absl::StrCat("FILTER_MISMATCH ", kRows,
                               ": segments/subjects-000000.filter lacks its telegram_id")));
}

TEST_F(FilterCheckTest, MoreThanTheRowsHaveHidesNothing) {
  ChangeWords(kSubjectFilters, [](uint64_t) { return ~uint64_t{0}; });

  EXPECT_THAT(Verify(), IsEmpty());
}

TEST_F(FilterCheckTest, WhatWasNotAddedIsNotDenied) {
  {
    FilterFile subjects(folder_.layout(), kSubjectFilters);
    subjects.header().added = 0;
  }
  ChangeWords(kSubjectFilters, [](uint64_t) { return 0; });

  EXPECT_THAT(Verify(), IsEmpty());
}

TEST_F(FilterCheckTest, AfterTheMachineWentDownOnlyAServiceOrASyncVouchesForAFile) {
  {
    FilterFile subjects(folder_.layout(), kSubjectFilters);
    subjects.header().boot = {'o', 'l', 'd'};
  }
  ChangeWords(kSubjectFilters, [](uint64_t) { return 0; });
  EXPECT_THAT(Verify(), IsEmpty());

  const std::optional<FileLock> serves = FileLock::Acquire(folder_.layout().ServiceLock()).value();
  EXPECT_EQ(Verify().size(), 2U);
}

TEST_F(FilterCheckTest, WhatIsSaidToBeSyncedCountsAlways) {
  {
    FilterFile subjects(folder_.layout(), kSubjectFilters);
    subjects.header().boot = {'o', 'l', 'd'};
    subjects.header().added = 0;
    subjects.header().synced = 2;
  }
  ChangeWords(kSubjectFilters, [](uint64_t) { return 0; });

  EXPECT_THAT(Verify(),
              ElementsAre(absl::StrCat("FILTER_MISMATCH ", kRows,
                                       ": segments/subjects-000000.filter lacks its telegram_id")));
}

TEST_F(FilterCheckTest, AFileThatIsMissingDeniesNothing) {
  std::filesystem::remove(PathOf(kSubjectFilters));
  std::filesystem::remove(PathOf(kRequestFilters));

  EXPECT_THAT(Verify(), IsEmpty());
}

TEST_F(FilterCheckTest, AFileThatIsNoFilterIsFoundOnce) {
  store_.reset();  // which has it mapped
  std::filesystem::resize_file(PathOf(kSubjectFilters), 9'000);
  std::filesystem::copy_file(PathOf(kSubjectFilters), PathOf(kRequestFilters),
                             std::filesystem::copy_options::overwrite_existing);

  EXPECT_THAT(
      Verify(),
      ElementsAre("FILTER_MISMATCH: segments/subjects-000000.filter has 9000 bytes, not 266240",
                  "FILTER_MISMATCH: segments/requests-000000.filter has filters of 32768 bits, not "
                  "65536"));
}

TEST_F(FilterCheckTest, ARowThatWasChangedIsTheOnlyFinding) {
  Connection segment = Connection::Open(folder_.layout().Segment(0), OpenMode::kForeign).value();
  ASSERT_THAT(segment.SetTriggers(false), IsOk());
  ASSERT_THAT(segment.Execute("UPDATE audit_logs SET telegram_id = 'x' WHERE id = 5"), IsOk());
  ASSERT_THAT(segment.SetTriggers(true), IsOk());

  EXPECT_THAT(Verify(), ElementsAre(::testing::StartsWith("LEAF_MISMATCH 5")));
}

TEST_F(FilterCheckTest, BehindARowThatWasChangedOthersAreFoundAllTheSame) {
  Connection segment = Connection::Open(folder_.layout().Segment(0), OpenMode::kForeign).value();
  ASSERT_THAT(segment.SetTriggers(false), IsOk());
  ASSERT_THAT(segment.Execute("UPDATE audit_logs SET request_id = 'x' WHERE id = 0"), IsOk());
  ASSERT_THAT(segment.SetTriggers(true), IsOk());
  ChangeWords(kRequestFilters, [](uint64_t) { return 0; });

  EXPECT_THAT(Verify(),
              ElementsAre(::testing::StartsWith("LEAF_MISMATCH 0"),
                          ::testing::StartsWith("FILTER_MISMATCH 1"),
                          ::testing::StartsWith(absl::StrCat("FILTER_MISMATCH ", kRows))));
}

TEST_F(FilterCheckTest, AfterAnErasureTheNewFilterAndTheOldOneDenyNothingThatIsLeft) {
  const std::string old = PathOf(kSubjectFilters) + ".old";
  std::filesystem::copy_file(PathOf(kSubjectFilters), old);
  DeclareErased(3, 40);
  Erase(3, 40);

  EXPECT_THAT(Verify(), IsEmpty());

  store_.reset();
  std::filesystem::rename(old, PathOf(kSubjectFilters));
  EXPECT_THAT(Verify(), IsEmpty());
}

TEST_F(FilterCheckTest, AnErasureWhileRowsAreReadIsNothingThatIsDenied) {
  const auto verifier = StoreVerifier::Open(folder_.layout(), {}).value();
  bool has_erased = false;

  const auto result = verifier.Verify(0, [&](uint64_t events) {
    if (events > 0 && !has_erased) Erase(3, 40);
    has_erased = true;
    return true;
  });

  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->erased_events, 0U);  // the rows were those from before
  EXPECT_TRUE(result->findings.empty()) << result->findings.list().front().what;
}

}  // namespace
}  // namespace daybook::verify
