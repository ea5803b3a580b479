#include "journal/checkpointer.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "support/manual_clock.h"
#include "support/memory_checkpoint_store.h"
#include "support/memory_event_store.h"
#include "support/naive_tree.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"
#include "support/waiting_answer.h"

namespace daybook::journal {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::testing::EventOf;
using ::daybook::testing::IsOk;
using ::daybook::testing::WaitingAnswer;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOrigin[] = "test.example/log";

class CheckpointerTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Checkpointer>> Start(Checkpointer::Options options = {
                                                          .spacing = absl::Milliseconds(1)}) {
    return Checkpointer::Start(Signer(),
                               {.events = *events_,
                                .checkpoints = checkpoints_,
                                .clock = clock_,
                                .metrics = metrics_,
                                .log = log_},
                               std::move(options));
  }
  signer::LogSigner Signer() const {
    return signer::LogSigner::Open(signer::SignerFolder(folder_.path()), kOrigin).value();
  }

  void Append(int count, const std::string& action = "login") {
    for (int i = 0; i < count; ++i) {
      const std::vector<storage::NewEvent> events = {
          testing::MakeNewEvent(rules_, EventOf(action), testing::FromTester(), clock_.Now())};
      ASSERT_THAT(events_->Append(testing::PointersTo(events)), IsOk());
    }
  }
  ledger::TreeHead HeadOf(uint64_t size) const {
    std::vector<Hash> leaves;
    for (uint64_t seq = 0; seq < size; ++seq) {
      Hash& leaf = leaves.emplace_back();
      const std::string bytes = events_->Get(Seq(seq))->leaf_hash();
      std::copy(bytes.begin(), bytes.end(), leaf.begin());
    }
    return {.size = LogSize(size), .root = testing::NaiveRoot(leaves)};
  }
  static absl::StatusOr<Checkpointer::Published> Covering(Checkpointer& checkpointer,
                                                          uint64_t size) {
    WaitingAnswer<Checkpointer::Published> answered;
    checkpointer.WhenCovered(LogSize(size), answered.Take());
    return answered.Get();
  }
  void SignedUpTo(int count) {
    Append(count);
    ASSERT_THAT(Start(), IsOk());  // and ends
  }
  static void ExpectRefused(const absl::Status& status, const std::string& why) {
    EXPECT_EQ(ReasonIn(status), "SIGNING_REFUSED");
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
    EXPECT_THAT(std::string(status.message()), HasSubstr("--accept-rollback"));
  }

  testing::TempFolder folder_;
  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  telemetry::Metrics metrics_;
  std::ostringstream lines_;
  telemetry::Log log_{lines_, clock_};
  testing::MemoryCheckpointStore checkpoints_;
  std::unique_ptr<testing::MemoryEventStore> events_ =
      std::make_unique<testing::MemoryEventStore>(clock_);
};

TEST_F(CheckpointerTest, AnEmptyLogIsNotSigned) {
  const auto checkpointer = Start();

  ASSERT_THAT(checkpointer, IsOk());
  EXPECT_EQ((*checkpointer)->newest(), nullptr);
}

TEST_F(CheckpointerTest, SignsWhatTheLogHolds) {
  const auto checkpointer = Start().value();
  for (const int count : {1, 2, 300}) {
    Append(count);
    const uint64_t size = events_->Size().value();

    const Checkpointer::Published covering = Covering(*checkpointer, size).value();

    EXPECT_EQ(covering->head, HeadOf(covering->head.size.value()));
    EXPECT_GE(covering->head.size.value(), size);
    const auto note = ledger::ParseNote(covering->note);
    ASSERT_THAT(note, IsOk());
    EXPECT_THAT(ledger::VerifyNote(*note, {&Signer().verifier(), 1}), IsOk());
    EXPECT_EQ(ledger::ParseCheckpoint(note->text)->head, covering->head);
    EXPECT_EQ(checkpoints_.OfSize(LogSize(size)).value()->note, covering->note);
  }
}

TEST_F(CheckpointerTest, AnnouncesWhatItSigns) {
  std::vector<std::string> announced;  // read once its thread has ended
  auto checkpointer = Start({.spacing = absl::Hours(1),
                             .announce =
                                 [&](const std::string& note) {
                                   announced.push_back(note);
                                   return absl::UnavailableError("nobody listens");
                                 }})
                          .value();
  Append(3);
  checkpointer.reset();

  EXPECT_THAT(announced, ::testing::ElementsAre(checkpoints_.Newest().value()->note));
  EXPECT_THAT(lines_.str(), HasSubstr("checkpoint_not_announced"));
}

TEST_F(CheckpointerTest, AnnouncesWhatWasSignedBeforeItStarted) {
  SignedUpTo(3);
  std::vector<std::string> announced;
  auto checkpointer = Start({.announce = [&](const std::string& note) {
                        announced.push_back(note);
                        return absl::OkStatus();
                      }}).value();
  checkpointer.reset();

  EXPECT_THAT(announced, ::testing::ElementsAre(checkpoints_.Newest().value()->note));
}

TEST_F(CheckpointerTest, SignsOnceMoreWhenItEnds) {
  auto checkpointer = Start({.spacing = absl::Hours(1)}).value();
  Append(3);

  checkpointer.reset();

  EXPECT_EQ(checkpoints_.Newest().value()->size, LogSize(3));
}

TEST_F(CheckpointerTest, AnIdleLogIsSignedAtOnceForWhoWaits) {
  const auto checkpointer = Start({.spacing = absl::Minutes(10)}).value();
  Append(1);

  EXPECT_EQ(Covering(*checkpointer, 1).value()->head, HeadOf(1));
}

TEST_F(CheckpointerTest, WhatIsCoveredIsAnsweredByTheNewest) {
  const auto checkpointer = Start().value();
  Append(4);
  ASSERT_THAT(Covering(*checkpointer, 4), IsOk());

  EXPECT_EQ(Covering(*checkpointer, 2).value()->head, HeadOf(4));
}

TEST_F(CheckpointerTest, WhoWaitsInVainIsTold) {
  checkpoints_.FailAdds(absl::UnavailableError("the disk"));
  const auto checkpointer =
      Start({.spacing = absl::Milliseconds(1), .patience = absl::Milliseconds(20)}).value();
  Append(1);

  const auto covering = Covering(*checkpointer, 1);

  EXPECT_EQ(ReasonIn(covering.status()), "CHECKPOINT_PENDING");
  EXPECT_TRUE(RetryDelayIn(covering.status()).has_value());
  EXPECT_EQ(checkpointer->newest(), nullptr);
}

TEST_F(CheckpointerTest, WhoWaitsForAWitnessInVainIsTold) {
  const auto checkpointer =
      Start({.spacing = absl::Milliseconds(1), .patience = absl::Milliseconds(20)}).value();
  Append(1);
  WaitingAnswer<Checkpointer::Published> answered;

  checkpointer->WhenWitnessed(LogSize(1), answered.Take());

  EXPECT_EQ(ReasonIn(answered.Get().status()), "CHECKPOINT_PENDING");
  EXPECT_THAT(std::string(answered.Get().status().message()), HasSubstr("no witness"));
}

TEST_F(CheckpointerTest, WhoWaitsForAWitnessIsAnsweredOnceItHasCosignedEnough) {
  auto checkpointer = Start().value();
  Append(3);
  WaitingAnswer<Checkpointer::Published> two;
  WaitingAnswer<Checkpointer::Published> three;
  checkpointer->WhenWitnessed(LogSize(2), two.Take());
  checkpointer->WhenWitnessed(LogSize(3), three.Take());

  checkpointer->PublishWitnessed(std::make_shared<const PublishedCheckpoint>(
      PublishedCheckpoint{.head = {.size = LogSize(2)}, .note = "cosigned"}));

  EXPECT_EQ(two.Get().value()->note, "cosigned");
  EXPECT_FALSE(three.is_answered());
  WaitingAnswer<Checkpointer::Published> at_once;
  checkpointer->WhenWitnessed(LogSize(1), at_once.Take());
  EXPECT_TRUE(at_once.is_answered());
  checkpointer.reset();  // nobody is left without an answer
  EXPECT_EQ(ReasonIn(three.Get().status()), "CHECKPOINT_PENDING");
}

TEST_F(CheckpointerTest, WhatCouldNotBeKeptIsSignedAgain) {
  checkpoints_.FailAdds(absl::UnavailableError("the disk"));
  const auto checkpointer =
      Start({.spacing = absl::Milliseconds(1), .patience = absl::Milliseconds(20)}).value();
  Append(2);
  ASSERT_FALSE(Covering(*checkpointer, 2).ok());

  checkpoints_.FailAdds(absl::OkStatus());

  EXPECT_EQ(Covering(*checkpointer, 2).value()->head, HeadOf(2));
  EXPECT_THAT(metrics_.Text(), Not(HasSubstr("daybook_ledger_checkpoint_failures_total 0")));
}

TEST_F(CheckpointerTest, GoesOnBehindWhatWasSigned) {
  SignedUpTo(5);

  const auto checkpointer = Start().value();
  EXPECT_EQ(checkpointer->newest()->head, HeadOf(5));
  Append(3);

  EXPECT_EQ(Covering(*checkpointer, 8).value()->head, HeadOf(8));
}

TEST_F(CheckpointerTest, WhatWasSignedAndNotKeptIsKeptLater) {
  SignedUpTo(2);
  Append(2);
  ASSERT_THAT(Signer().Sign(HeadOf(4), clock_.Now()), IsOk());

  const auto checkpointer = Start().value();

  EXPECT_EQ(Covering(*checkpointer, 4).value()->head, HeadOf(4));
  EXPECT_EQ(checkpoints_.Newest().value()->size, LogSize(4));
}

TEST_F(CheckpointerTest, WhatWasSignedLastCanBeKeptAsItWasSigned) {
  SignedUpTo(2);
  Append(2);
  const std::string note = Signer().Sign(HeadOf(4), clock_.Now()).value();
  const Checkpointer::Collaborators with{.events = *events_,
                                         .checkpoints = checkpoints_,
                                         .clock = clock_,
                                         .metrics = metrics_,
                                         .log = log_};

  ASSERT_THAT(Checkpointer::KeepLast(Signer(), with), IsOk());
  EXPECT_EQ(checkpoints_.Newest().value()->note, note);
  ASSERT_THAT(Checkpointer::KeepLast(Signer(), with), IsOk());  // it is there already

  events_ = std::make_unique<testing::MemoryEventStore>(clock_);
  ExpectRefused(Checkpointer::KeepLast(Signer(), {.events = *events_,
                                                  .checkpoints = checkpoints_,
                                                  .clock = clock_,
                                                  .metrics = metrics_,
                                                  .log = log_}),
                "holds 0 events");
}

TEST_F(CheckpointerTest, WhatAKeySignedThatItHoldsNoMoreIsKnown) {
  SignedUpTo(2);
  const std::vector<ledger::VerifierKey> old = Signer().held();
  const signer::SignerFolder folder(folder_.path());
  ASSERT_THAT(folder.WriteNextKey(ledger::SigningKey(kOrigin, ledger::KeyType::kLog, {8})), IsOk());
  Append(1);
  ASSERT_THAT(Signer().Sign(HeadOf(3), clock_.Now()), IsOk());  // with both, and not kept
  ASSERT_THAT(folder.MakeNextTheKey(), IsOk());
  EXPECT_EQ(ReasonIn(Start().status()), "STORE_DAMAGED");

  signer::LogSigner signer = Signer();
  signer.Know({signer.verifier(), old.front()});

  EXPECT_THAT(Checkpointer::Check(std::move(signer), {.events = *events_,
                                                      .checkpoints = checkpoints_,
                                                      .clock = clock_,
                                                      .metrics = metrics_,
                                                      .log = log_}),
              IsOk());
}

// As a log that goes on under another name has it.
TEST_F(CheckpointerTest, TheSubtreesOfDroppedEventsAreKeptAlready) {
  const storage::NewEvent one =
      testing::MakeNewEvent(rules_, EventOf("login"), testing::FromTester(), clock_.Now());
  ASSERT_THAT(events_->Append(std::vector<const storage::NewEvent*>(2 * 65'536 + 1, &one)), IsOk());
  ASSERT_THAT(events_->Prune(Seq(65'536)), IsOk());
  const ledger::Node dropped{.height = 16, .index = 0};
  const Hash subtree = events_->ReadNodes({&dropped, 1})->front();
  checkpoints_.KeepSubtrees({subtree});

  const auto checkpointer = Start();
  ASSERT_THAT(checkpointer, IsOk());
  ASSERT_THAT(Covering(**checkpointer, 2 * 65'536 + 1), IsOk());

  EXPECT_EQ(checkpoints_.Subtrees()->size(), 2U);
  EXPECT_EQ(checkpoints_.Subtrees()->front(), subtree);
}

TEST_F(CheckpointerTest, ALogThatLostEventsIsRefused) {
  SignedUpTo(5);
  events_ = std::make_unique<testing::MemoryEventStore>(clock_);
  Append(4);

  ExpectRefused(Start().status(), "holds 4 events");
}

TEST_F(CheckpointerTest, ALogWithOtherEventsIsRefused) {
  SignedUpTo(5);
  events_ = std::make_unique<testing::MemoryEventStore>(clock_);
  Append(7, "other");

  ExpectRefused(Start().status(), "not those that a checkpoint was signed over");
}

TEST_F(CheckpointerTest, ASignedLogWithoutASignersStateIsRefused) {
  SignedUpTo(5);
  std::filesystem::remove(folder_.File("signer.state"));

  ExpectRefused(Start().status(), "signer.state was lost");
}

TEST_F(CheckpointerTest, AnOldCopyOfTheSignersStateDoesNotTakeItBack) {
  SignedUpTo(2);
  std::filesystem::copy_file(folder_.File("signer.state"), folder_.File("old"));
  SignedUpTo(3);
  std::filesystem::rename(folder_.File("old"), folder_.File("signer.state"));

  const auto checkpointer = Start().value();

  EXPECT_EQ(checkpointer->newest()->head, HeadOf(5));
}

TEST_F(CheckpointerTest, ACheckpointThatTheKeyDidNotSignIsDamage) {
  SignedUpTo(2);
  ASSERT_THAT(checkpoints_.Add({.size = LogSize(3), .signed_at = 0, .note = "odd\n"}, {}), IsOk());

  EXPECT_EQ(ReasonIn(Start().status()), "STORE_DAMAGED");
}

}  // namespace
}  // namespace daybook::journal
