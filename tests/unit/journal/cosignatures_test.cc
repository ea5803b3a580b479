#include "journal/cosignatures.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "ledger/checkpoint.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/signed_log.h"
#include "support/status_matchers.h"
#include "support/waiting_answer.h"

namespace daybook::journal {
namespace {

using ::daybook::ledger::KeyType;
using ::daybook::ledger::SigningKey;
using ::daybook::ledger::v1::AddCosignaturesRequest;
using ::daybook::ledger::v1::AddCosignaturesResponse;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CosignaturesTest : public ::testing::Test {
 protected:
  // Appends an event, and waits until it is signed; the note.
  std::string Grow() {
    const std::vector<storage::NewEvent> events = {testing::MakeNewEvent(
        rules_, testing::EventOf("login"), testing::FromTester(), clock_.Now())};
    EXPECT_THAT(events_.Append(testing::PointersTo(events)), IsOk());
    testing::WaitingAnswer<Published> answered;
    signed_.checkpointer().WhenCovered(events_.Size(), answered.Take());
    return answered.Get().value()->note;
  }
  static std::string LineOf(const SigningKey& key, const std::string& note, int64_t seconds) {
    return ledger::FormatSignature(
        key.Sign(ledger::ParseNote(note)->text, absl::FromUnixSeconds(seconds)));
  }
  static absl::StatusOr<AddCosignaturesResponse> AddTo(Cosignatures& cosignatures,
                                                       const std::string& note) {
    AddCosignaturesRequest request;
    request.set_checkpoint(note);
    testing::WaitingAnswer<AddCosignaturesResponse> answered;
    cosignatures.Add(request, answered.Take());
    return answered.Get();
  }
  absl::StatusOr<AddCosignaturesResponse> Add(const std::string& note) {
    return AddTo(cosignatures_, note);
  }
  std::string Shown() const {
    const Published shown = signed_.checkpointer().newest_witnessed();
    return shown == nullptr ? "" : shown->note;
  }

  const SigningKey one_{"one.example/w", KeyType::kWitness, {1}};
  const SigningKey two_{"two.example/w", KeyType::kWitness, {2}};
  const SigningKey stranger_{"stranger.example/w", KeyType::kWitness, {3}};
  const std::vector<ledger::VerifierKey> trusted_ = {one_.verifier(), two_.verifier()};
  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  telemetry::Metrics metrics_;
  testing::MemoryEventStore events_{clock_};
  mutable testing::SignedLog signed_{events_, clock_, metrics_};
  WorkPool pool_{/*turns=*/2, /*max_waiting=*/64};
  Cosignatures cosignatures_{trusted_, signed_.checkpoints(), signed_.checkpointer(), pool_,
                             metrics_};
};

TEST_F(CosignaturesTest, AreKeptAndShown) {
  const std::string note = Grow();
  const std::string line = LineOf(one_, note, 100);

  const auto answer = Add(absl::StrCat(note, LineOf(stranger_, note, 50), line));

  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->tree_size(), 1U);
  EXPECT_THAT(answer->witnesses(), ElementsAre("one.example/w"));
  EXPECT_EQ(Shown(), note + line);
  EXPECT_THAT(*signed_.checkpoints().CosignaturesOf(LogSize(1)),
              ElementsAre(storage::StoredCosignature{
                  .witness = one_.verifier().NameAndId(), .cosigned_at = 100, .line = line}));
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_ledger_witnessed_size 1"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_ledger_witnessed_timestamp_seconds 100"));
}

TEST_F(CosignaturesTest, OfSeveralWitnessesAllAreShownAndOfEachTheLatest) {
  const std::string note = Grow();
  ASSERT_THAT(Add(note + LineOf(two_, note, 100)), IsOk());
  ASSERT_THAT(Add(note + LineOf(one_, note, 101)), IsOk());
  ASSERT_THAT(Add(note + LineOf(one_, note, 103)), IsOk());
  ASSERT_THAT(Add(note + LineOf(one_, note, 102)), IsOk());

  EXPECT_EQ(Shown(), absl::StrCat(note, LineOf(one_, note, 103), LineOf(two_, note, 100)));
}

TEST_F(CosignaturesTest, AnOlderCheckpointIsKeptAndNotShown) {
  const std::string older = Grow();
  const std::string newer = Grow();
  ASSERT_THAT(Add(newer + LineOf(one_, newer, 100)), IsOk());

  ASSERT_THAT(Add(older + LineOf(two_, older, 101)), IsOk());

  EXPECT_EQ(Shown(), newer + LineOf(one_, newer, 100));
  EXPECT_EQ(signed_.checkpoints().CosignaturesOf(LogSize(1))->size(), 1U);
}

TEST_F(CosignaturesTest, WhatNoTrustedWitnessSignedIsRefused) {
  const std::string note = Grow();
  const SigningKey namesake("one.example/w", KeyType::kWitness, {9});

  EXPECT_EQ(ReasonIn(Add(note).status()), "WITNESS_UNKNOWN");
  EXPECT_EQ(ReasonIn(Add(note + LineOf(stranger_, note, 1)).status()), "WITNESS_UNKNOWN");
  EXPECT_EQ(ReasonIn(Add(note + LineOf(namesake, note, 1)).status()), "WITNESS_UNKNOWN");
  const std::string next = Grow();
  EXPECT_EQ(ReasonIn(Add(next + LineOf(one_, note, 1)).status()), "SIGNATURE_INVALID");
  EXPECT_EQ(Shown(), "");
}

TEST_F(CosignaturesTest, WhatThisLogHasNotSignedIsRefused) {
  Grow();
  for (const uint64_t size : {1U, 2U}) {
    ledger::Note note{.text = ledger::FormatCheckpoint(
                          {.origin = testing::kTestOrigin, .head = {.size = LogSize(size)}}),
                      .signatures = {}};
    note.signatures.push_back(one_.Sign(note.text, clock_.Now()));
    EXPECT_EQ(ReasonIn(Add(ledger::FormatNote(note)).status()), "CHECKPOINT_NOT_FOUND") << size;
  }
  EXPECT_THAT(*signed_.checkpoints().CosignaturesOf(LogSize(1)), IsEmpty());
}

TEST_F(CosignaturesTest, WhatIsNoCheckpointIsRefused) {
  for (const std::string& wrong : {std::string(), std::string("a\n\n— b AAAAAAAA\n")}) {
    const absl::Status refused = Add(wrong).status();
    EXPECT_EQ(ReasonIn(refused), "FIELD_INVALID");
    EXPECT_EQ(BadRequestIn(refused).field_violations(0).field(), "checkpoint");
  }
}

TEST_F(CosignaturesTest, NoneIsKeptWhereNoWitnessIsTrusted) {
  Cosignatures none({}, signed_.checkpoints(), signed_.checkpointer(), pool_, metrics_);
  const std::string note = Grow();

  EXPECT_EQ(ReasonIn(AddTo(none, note + LineOf(one_, note, 1)).status()), "WITNESS_NOT_CONFIGURED");
}

TEST_F(CosignaturesTest, WhatCannotBeKeptIsNotShown) {
  const std::string note = Grow();
  signed_.checkpoints().FailAdds(absl::ResourceExhaustedError("the disk"));

  EXPECT_FALSE(Add(note + LineOf(one_, note, 100)).ok());

  EXPECT_EQ(Shown(), "");
}

TEST_F(CosignaturesTest, OnlyWhatTrustedWitnessesSaidIsShownAgain) {
  const std::string older = Grow();
  ASSERT_THAT(Add(absl::StrCat(older, LineOf(one_, older, 1), LineOf(two_, older, 2))), IsOk());
  const std::string newer = Grow();
  ASSERT_THAT(Add(newer + LineOf(two_, newer, 3)), IsOk());

  const std::vector<ledger::VerifierKey> one = {one_.verifier()};
  Cosignatures later(one, signed_.checkpoints(), signed_.checkpointer(), pool_, metrics_);
  ASSERT_THAT(later.ComeUpToDate(), IsOk());
  EXPECT_EQ(Shown(), older + LineOf(one_, older, 1));

  Cosignatures again(trusted_, signed_.checkpoints(), signed_.checkpointer(), pool_, metrics_);
  ASSERT_THAT(again.ComeUpToDate(), IsOk());
  EXPECT_EQ(Shown(), newer + LineOf(two_, newer, 3));
}

}  // namespace
}  // namespace daybook::journal
