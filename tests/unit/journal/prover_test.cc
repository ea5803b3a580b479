#include "journal/prover.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/errors.h"
#include "ledger/checkpoint.h"
#include "ledger/leaf.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/signed_log.h"
#include "support/status_matchers.h"
#include "support/waiting_answer.h"

namespace daybook::journal {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::ledger::TreeHead;
using ::daybook::ledger::v1::FIELD_GROUP_CLIENT;
using ::daybook::ledger::v1::FIELD_GROUP_DETAILS;
using ::daybook::ledger::v1::FIELD_GROUP_SUBJECT;
using ::daybook::ledger::v1::FIELD_GROUP_UNSPECIFIED;
using ::daybook::ledger::v1::FieldGroup;
using ::daybook::ledger::v1::GetCheckpointResponse;
using ::daybook::ledger::v1::GetConsistencyProofRequest;
using ::daybook::ledger::v1::GetConsistencyProofResponse;
using ::daybook::ledger::v1::GetInclusionProofRequest;
using ::daybook::ledger::v1::GetInclusionProofResponse;
using ::daybook::testing::EventOf;
using ::daybook::testing::FullEvent;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename Response>
std::vector<Hash> ProofIn(const Response& response) {
  std::vector<Hash> proof;
  for (const std::string& bytes : response.proof()) {
    Hash& hash = proof.emplace_back();
    std::copy(bytes.begin(), bytes.end(), hash.begin());
  }
  return proof;
}

GetInclusionProofRequest InclusionOf(uint64_t seq, uint64_t tree_size = 0,
                                     const std::vector<FieldGroup>& groups = {}) {
  GetInclusionProofRequest request;
  request.set_seq(seq);
  request.set_tree_size(tree_size);
  for (const FieldGroup group : groups) request.add_groups(group);
  return request;
}

GetConsistencyProofRequest ConsistencyOf(uint64_t old_size, uint64_t new_size) {
  GetConsistencyProofRequest request;
  request.set_old_size(old_size);
  request.set_new_size(new_size);
  return request;
}

class ProverTest : public ::testing::Test {
 protected:
  void Append(const audit::v1::Event& event) {
    const std::vector<storage::NewEvent> events = {
        testing::MakeNewEvent(rules_, event, testing::FromTester(), clock_.Now())};
    ASSERT_THAT(events_.Append(testing::PointersTo(events)), IsOk());
  }
  // Appends `count` events, and waits until they are signed.
  TreeHead SignedAfter(int count) {
    for (int i = 0; i < count; ++i) Append(EventOf("login"));
    testing::WaitingAnswer<Checkpointer::Published> answered;
    signed_.checkpointer().WhenCovered(events_.Size(), answered.Take());
    return answered.Get().value()->head;
  }

  absl::StatusOr<GetCheckpointResponse> Checkpoint(bool witnessed = false) {
    ledger::v1::GetCheckpointRequest request;
    request.set_witnessed(witnessed);
    testing::WaitingAnswer<GetCheckpointResponse> answered;
    signed_.prover().GetCheckpoint(request, answered.Take());
    return answered.Get();
  }
  absl::StatusOr<GetInclusionProofResponse> Inclusion(const GetInclusionProofRequest& request) {
    testing::WaitingAnswer<GetInclusionProofResponse> answered;
    signed_.prover().GetInclusionProof(request, answered.Take());
    return answered.Get();
  }
  absl::StatusOr<GetConsistencyProofResponse> Consistency(
      const GetConsistencyProofRequest& request) {
    testing::WaitingAnswer<GetConsistencyProofResponse> answered;
    signed_.prover().GetConsistencyProof(request, answered.Take());
    return answered.Get();
  }
  TreeHead HeadIn(const std::string& checkpoint) const {
    const auto note = ledger::ParseNote(checkpoint).value();
    EXPECT_THAT(ledger::VerifyNote(note, {&verifier_, 1}), IsOk());
    return ledger::ParseCheckpoint(note.text)->head;
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  telemetry::Metrics metrics_;
  testing::MemoryEventStore events_{clock_};
  testing::SignedLog signed_{events_, clock_, metrics_};
  const ledger::VerifierKey verifier_ = signed_.verifier();
};

TEST_F(ProverTest, ThereIsNoCheckpointOfAnEmptyLog) {
  EXPECT_EQ(ReasonIn(Checkpoint().status()), "CHECKPOINT_NOT_FOUND");
  EXPECT_EQ(ReasonIn(Consistency(ConsistencyOf(1, 0)).status()), "CHECKPOINT_NOT_FOUND");
}

TEST_F(ProverTest, TheNewestCheckpointIsShown) {
  const TreeHead head = SignedAfter(3);

  EXPECT_EQ(HeadIn(Checkpoint()->checkpoint()), head);
  EXPECT_EQ(ReasonIn(Checkpoint(/*witnessed=*/true).status()), "CHECKPOINT_NOT_FOUND");
}

TEST_F(ProverTest, TheNewestThatAWitnessCosignedIsShown) {
  const TreeHead cosigned = SignedAfter(3);
  signed_.Cosign(cosigned.size);
  const TreeHead newest = SignedAfter(2);

  EXPECT_EQ(HeadIn(Checkpoint()->checkpoint()), newest);
  const auto witnessed = Checkpoint(/*witnessed=*/true);
  ASSERT_THAT(witnessed, IsOk());
  EXPECT_EQ(HeadIn(witnessed->checkpoint()), cosigned);
  EXPECT_THAT(
      ledger::VerifyNote(*ledger::ParseNote(witnessed->checkpoint()), {&signed_.witness(), 1}),
      IsOk());
}

TEST_F(ProverTest, EveryEventIsProvedInEveryKeptTree) {
  std::vector<TreeHead> heads;
  for (const int count : {1, 4, 3}) heads.push_back(SignedAfter(count));

  for (const TreeHead& head : heads) {
    for (uint64_t seq = 0; seq < head.size.value(); ++seq) {
      const auto response = Inclusion(InclusionOf(seq, head.size.value()));
      ASSERT_THAT(response, IsOk());
      EXPECT_EQ(response->tree_size(), head.size.value());
      EXPECT_EQ(HeadIn(response->checkpoint()), head);
      EXPECT_THAT(ledger::VerifyInclusion(ledger::LeafHash(response->leaf_bytes()), Seq(seq),
                                          head.size, ProofIn(*response), head.root),
                  IsOk());
      EXPECT_EQ(ledger::AsBytes(ledger::LeafHash(response->leaf_bytes())),
                events_.Get(Seq(seq))->leaf_hash());
    }
  }
}

TEST_F(ProverTest, ATreeBetweenTwoCheckpointsIsProvedWithoutANote) {
  const TreeHead head = SignedAfter(7);

  const auto inclusion = Inclusion(InclusionOf(2, 5));
  ASSERT_THAT(inclusion, IsOk());
  EXPECT_EQ(inclusion->tree_size(), 5U);
  const auto consistency = Consistency(ConsistencyOf(5, head.size.value()));
  ASSERT_THAT(consistency, IsOk());
  EXPECT_EQ(HeadIn(consistency->checkpoint()), head);
}

TEST_F(ProverTest, OneLogIsProvedToBeTheBeginningOfTheOther) {
  const TreeHead old_head = SignedAfter(3);
  const TreeHead new_head = SignedAfter(4);

  for (const uint64_t new_size : {uint64_t{0}, new_head.size.value()}) {
    const auto response = Consistency(ConsistencyOf(old_head.size.value(), new_size));
    ASSERT_THAT(response, IsOk());
    EXPECT_EQ(response->new_size(), new_head.size.value());
    EXPECT_THAT(ledger::VerifyConsistency(old_head, new_head, ProofIn(*response)), IsOk());
  }
  const auto same = Consistency(ConsistencyOf(new_head.size.value(), 0));
  EXPECT_THAT(same->proof(), IsEmpty());
}

TEST_F(ProverTest, OnlyTheGroupsAskedForAreOpened) {
  Append(FullEvent());
  SignedAfter(0);

  const auto none = Inclusion(InclusionOf(0));
  EXPECT_THAT(none->openings(), IsEmpty());
  const auto some = Inclusion(InclusionOf(0, 0, {FIELD_GROUP_DETAILS, FIELD_GROUP_SUBJECT}));
  ASSERT_EQ(some->openings_size(), 2);
  EXPECT_EQ(some->openings(0).group(), FIELD_GROUP_SUBJECT);
  EXPECT_EQ(some->openings(1).group(), FIELD_GROUP_DETAILS);
  for (const auto& opening : some->openings()) {
    Hash salt = {};
    ASSERT_EQ(opening.salt().size(), salt.size());
    std::copy(opening.salt().begin(), opening.salt().end(), salt.begin());
    const Hash commitment =
        ledger::Commit(static_cast<ledger::Group>(opening.group()), salt, opening.fields());
    EXPECT_NE(some->leaf_bytes().find(std::string(ledger::AsBytes(commitment))), std::string::npos);
  }
}

TEST_F(ProverTest, AGroupWithoutFieldsHasNoOpening) {
  SignedAfter(1);

  EXPECT_THAT(Inclusion(InclusionOf(0, 0, {FIELD_GROUP_CLIENT}))->openings(), IsEmpty());
}

TEST_F(ProverTest, WhatIsAskedWronglyIsRefused) {
  SignedAfter(5);
  const auto fields_of = [](const absl::Status& status) {
    std::vector<std::string> fields;
    const google::rpc::BadRequest request = BadRequestIn(status);
    for (const auto& violation : request.field_violations()) {
      fields.push_back(violation.field());
    }
    return fields;
  };

  EXPECT_THAT(fields_of(Inclusion(InclusionOf(3, 3)).status()), ElementsAre("tree_size"));
  EXPECT_THAT(fields_of(Inclusion(InclusionOf(3, 6)).status()), ElementsAre("tree_size"));
  EXPECT_THAT(fields_of(Inclusion(InclusionOf(3, 0, {FIELD_GROUP_UNSPECIFIED})).status()),
              ElementsAre("groups[0]"));
  EXPECT_THAT(fields_of(Inclusion(InclusionOf(3, 0, {static_cast<FieldGroup>(9)})).status()),
              ElementsAre("groups[0]"));
  EXPECT_THAT(
      fields_of(Inclusion(InclusionOf(3, 0, {FIELD_GROUP_CLIENT, FIELD_GROUP_CLIENT})).status()),
      ElementsAre("groups[1]"));
  EXPECT_EQ(ReasonIn(Inclusion(InclusionOf(5)).status()), "EVENT_NOT_FOUND");
  EXPECT_THAT(fields_of(Consistency(ConsistencyOf(0, 0)).status()), ElementsAre("old_size"));
  EXPECT_THAT(fields_of(Consistency(ConsistencyOf(6, 0)).status()), ElementsAre("old_size"));
  EXPECT_THAT(fields_of(Consistency(ConsistencyOf(4, 3)).status()), ElementsAre("old_size"));
  EXPECT_THAT(fields_of(Consistency(ConsistencyOf(4, 9)).status()), ElementsAre("new_size"));
}

TEST_F(ProverTest, WhatIsRecordedIsProvedAlsoWhereTooManyReadsWait) {
  SignedAfter(3);
  WorkPool full(/*turns=*/1, /*max_waiting=*/0);
  Prover prover(events_, signed_.checkpoints(), signed_.checkpointer(), full);
  testing::WaitingAnswer<std::vector<Receipt>> answered;

  prover.AddProofs({{.seq = Seq(0)}, {.seq = Seq(2)}}, audit::v1::WAIT_FOR_CHECKPOINT,
                   answered.Take());

  ASSERT_THAT(answered.Get(), IsOk());
  for (const Receipt& receipt : *answered.Get()) EXPECT_FALSE(receipt.proof.empty());
}

TEST_F(ProverTest, AnEventThatNoCheckpointCoversIsPending) {
  signed_.checkpoints().FailAdds(absl::UnavailableError("the disk"));
  Append(EventOf("login"));

  const absl::Status pending = Inclusion(InclusionOf(0)).status();

  EXPECT_EQ(ReasonIn(pending), "CHECKPOINT_PENDING");
  EXPECT_TRUE(RetryDelayIn(pending).has_value());
}

}  // namespace
}  // namespace daybook::journal
