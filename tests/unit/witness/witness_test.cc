#include "witness/witness.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "ledger/canonical_text.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "support/manual_clock.h"
#include "support/naive_tree.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::witness {
namespace {

namespace fs = std::filesystem;

using ::daybook::ledger::Hash;
using ::daybook::ledger::KeyType;
using ::daybook::ledger::SigningKey;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::StartsWith;
using v1::AddCheckpointRequest;
using v1::AddCheckpointResponse;

constexpr char kOrigin[] = "log.example/one";
constexpr char kName[] = "witness.example/w";

const SigningKey& LogKey() {
  static const SigningKey key(kOrigin, KeyType::kLog, {1});
  return key;
}

// A log of numbered leaves; another history from leaf `fork` on.
class TestLog {
 public:
  explicit TestLog(uint64_t size, uint64_t fork = ~uint64_t{0})
      : leaves_(testing::NumberedLeaves(0, size)) {
    for (uint64_t number = fork; number < size; ++number) leaves_[number][0] ^= 1;
  }

  std::string Checkpoint(uint64_t size, const SigningKey& key = LogKey()) const {
    const Hash root = testing::NaiveRoot(std::span(leaves_).first(size));
    ledger::Note note{.text = ledger::FormatCheckpoint(
                          {.origin = kOrigin, .head = {.size = LogSize(size), .root = root}}),
                      .signatures = {}};
    note.signatures.push_back(key.Sign(note.text, absl::UnixEpoch()));
    return ledger::FormatNote(note);
  }

  AddCheckpointRequest Growth(uint64_t from, uint64_t to) const {
    AddCheckpointRequest request;
    request.set_old_size(from);
    request.set_checkpoint(Checkpoint(to));
    const auto proof = ledger::ProveConsistency(
        LogSize(from), LogSize(to), [this](std::span<const ledger::Node> nodes) {
          return absl::StatusOr<std::vector<Hash>>(testing::NodesOver(leaves_, nodes));
        });
    for (const Hash& hash : proof.value()) {
      request.add_proof(std::string(ledger::AsBytes(hash)));
    }
    return request;
  }

 private:
  std::vector<Hash> leaves_;
};

class WitnessTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Witness>> Open(const std::string& name = kName,
                                                const std::string& key_file = "") {
    return Witness::Open(WitnessFolder(Path(), key_file), name,
                         KnownLogs::Parse(LogKey().verifier().ToString()).value(),
                         {.clock = clock_, .metrics = metrics_, .log = log_});
  }
  std::string Path() const { return folder_.File("witness"); }
  WitnessFolder Folder() const { return WitnessFolder(Path()); }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string Metrics() const { return metrics_.Text(); }

  // Whether the answer holds the witness's signature over this checkpoint.
  static void ExpectCosigned(const absl::StatusOr<AddCheckpointResponse>& answer,
                             const std::string& checkpoint, const Witness& witness) {
    ASSERT_THAT(answer, IsOk());
    const auto note = ledger::ParseNote(absl::StrCat(checkpoint, answer->cosignatures()));
    ASSERT_THAT(note, IsOk());
    const std::vector<ledger::VerifierKey> keys = {LogKey().verifier(), witness.verifier()};
    EXPECT_THAT(ledger::VerifyNote(*note, keys).value(), ::testing::ElementsAre(0, 1));
  }
  static void ExpectRefused(const absl::StatusOr<AddCheckpointResponse>& answer,
                            absl::StatusCode code, const std::string& reason) {
    EXPECT_THAT(answer, HasCode(code));
    EXPECT_EQ(ReasonIn(answer.status()), reason) << answer.status();
  }

  const TestLog honest_{300};
  testing::TempFolder folder_;
  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  std::ostringstream lines_;
  telemetry::Log log_{lines_, clock_};
};

TEST_F(WitnessTest, MakesAKeyThatOnlyItsOwnerReads) {
  const auto witness = Open();

  ASSERT_THAT(witness, IsOk());
  EXPECT_EQ((*witness)->verifier().name(), kName);
  EXPECT_EQ(fs::status(Folder().KeyFile()).permissions() & fs::perms::all,
            fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(Read(Folder().VerifierFile()), (*witness)->verifier().ToString() + "\n");
  EXPECT_THAT(lines_.str(), HasSubstr((*witness)->verifier().ToString()));
}

TEST_F(WitnessTest, MakesUpANameWhereNoneIsGiven) {
  EXPECT_THAT(Open("").value()->verifier().name(), StartsWith("witness.daybook.local/"));
}

TEST_F(WitnessTest, CosignsWhatGrows) {
  const auto witness = Open().value();

  ExpectCosigned(witness->AddCheckpoint(honest_.Growth(0, 7)), honest_.Checkpoint(7), *witness);
  ExpectCosigned(witness->AddCheckpoint(honest_.Growth(7, 7)), honest_.Checkpoint(7), *witness);
  ExpectCosigned(witness->AddCheckpoint(honest_.Growth(7, 300)), honest_.Checkpoint(300), *witness);

  EXPECT_THAT(Metrics(), HasSubstr("daybook_witness_cosigned_total{log=\"log.example/one\"} 3"));
  EXPECT_THAT(Metrics(), HasSubstr("daybook_witness_size{log=\"log.example/one\"} 300"));
}

TEST_F(WitnessTest, CosignsAnyGrowth) {
  std::mt19937_64 random(20251121);
  const auto witness = Open().value();
  uint64_t known = 0;

  while (known < 300) {
    const uint64_t next = std::uniform_int_distribution<uint64_t>(known, 300)(random);
    ExpectCosigned(witness->AddCheckpoint(honest_.Growth(known, next)), honest_.Checkpoint(next),
                   *witness);
    known = next;
  }
}

TEST_F(WitnessTest, TheEmptyLogCanBeCosigned) {
  const auto witness = Open().value();

  ExpectCosigned(witness->AddCheckpoint(honest_.Growth(0, 0)), honest_.Checkpoint(0), *witness);
  ExpectCosigned(witness->AddCheckpoint(honest_.Growth(0, 5)), honest_.Checkpoint(5), *witness);
}

TEST_F(WitnessTest, WhatItSignsIsTheVectorOfTheFormat) {
  constexpr char kLogOfVectors[] = "daybook.local/00112233445566778899aabbccddeeff";
  ledger::Ed25519Seed log_seed;
  log_seed.fill(1);
  ledger::Ed25519Seed witness_seed;
  witness_seed.fill(3);
  const SigningKey log(kLogOfVectors, KeyType::kLog, log_seed);
  const SigningKey key("witness.example/w1", KeyType::kWitness, witness_seed);
  ASSERT_THAT(Folder().Make(), IsOk());
  ASSERT_THAT(Folder().WriteKey(key), IsOk());
  const auto witness = Witness::Open(Folder(), "", *KnownLogs::Parse(log.verifier().ToString()),
                                     {.clock = clock_, .metrics = metrics_, .log = log_})
                           .value();
  const Hash root = *ledger::HashFromBase64("Gkzfy2Y3SgwNy+9JrL1JdtE+6GT7PLJB/JQ8rQTwL34=");
  ledger::Note note{.text = ledger::FormatCheckpoint(
                        {.origin = kLogOfVectors, .head = {.size = LogSize(70'000), .root = root}}),
                    .signatures = {}};
  note.signatures.push_back(log.Sign(note.text, clock_.Now()));
  AddCheckpointRequest request;
  request.set_checkpoint(ledger::FormatNote(note));

  EXPECT_EQ(
      witness->AddCheckpoint(request)->cosignatures(),
      "— witness.example/w1 2e1ixQAAAABpH6uA/9cMapFLeLUCLOqji8bqf5pGHxLDg7wJcjoUX3boI8+eOFLGp2cF"
      "zcrwaeYdil0WQGrJWj+ZzXggo54IqVoqDg==\n");
}

TEST_F(WitnessTest, ALogThatItDoesNotKnowIsRefused) {
  const SigningKey stranger("stranger.example/log", KeyType::kLog, {1});
  ledger::Note note{.text = "stranger.example/log\n1\n" + ledger::ToBase64(Hash{}) + "\n",
                    .signatures = {}};
  note.signatures.push_back(stranger.Sign(note.text, clock_.Now()));
  AddCheckpointRequest request;
  request.set_checkpoint(ledger::FormatNote(note));

  ExpectRefused(Open().value()->AddCheckpoint(request), absl::StatusCode::kNotFound, "LOG_UNKNOWN");
  EXPECT_THAT(Metrics(), HasSubstr("daybook_witness_refused_total{reason=\"LOG_UNKNOWN\"} 1"));
}

TEST_F(WitnessTest, WhatTheLogHasNotSignedIsRefused) {
  const auto witness = Open().value();
  const SigningKey namesake(kOrigin, KeyType::kLog, {9});
  AddCheckpointRequest request = honest_.Growth(0, 7);
  request.set_checkpoint(honest_.Checkpoint(7, namesake));
  ExpectRefused(witness->AddCheckpoint(request), absl::StatusCode::kPermissionDenied,
                "SIGNATURE_INVALID");

  // Its signature, over a larger log.
  const std::string other = honest_.Checkpoint(8);
  const std::string signature = honest_.Checkpoint(7).substr(honest_.Checkpoint(7).rfind("\n\n"));
  request.set_checkpoint(absl::StrCat(other.substr(0, other.rfind("\n\n")), signature));
  ExpectRefused(witness->AddCheckpoint(request), absl::StatusCode::kPermissionDenied,
                "SIGNATURE_INVALID");
  EXPECT_EQ(*Folder().ReadLast(kOrigin), std::nullopt);
}

TEST_F(WitnessTest, WhatIsNoCheckpointIsRefused) {
  const auto witness = Open().value();
  for (const std::string& wrong :
       {std::string(), std::string("text\n"), honest_.Checkpoint(7) + "x",
        absl::StrCat(honest_.Checkpoint(7), std::string(70'000, '\n'))}) {
    AddCheckpointRequest request;
    request.set_checkpoint(wrong);
    const auto answer = witness->AddCheckpoint(request);
    ExpectRefused(answer, absl::StatusCode::kInvalidArgument, "FIELD_INVALID");
    EXPECT_EQ(BadRequestIn(answer.status()).field_violations(0).field(), "checkpoint");
  }
}

TEST_F(WitnessTest, AProofOfOtherThingsThanHashesIsRefused) {
  const auto witness = Open().value();
  AddCheckpointRequest request = honest_.Growth(5, 7);
  request.set_proof(1, "short");
  const auto answer = witness->AddCheckpoint(request);
  ExpectRefused(answer, absl::StatusCode::kInvalidArgument, "FIELD_INVALID");
  EXPECT_EQ(BadRequestIn(answer.status()).field_violations(0).field(), "proof[1]");

  request = honest_.Growth(5, 7);
  for (int i = 0; i < 200; ++i) request.add_proof(std::string(32, 'x'));
  ExpectRefused(witness->AddCheckpoint(request), absl::StatusCode::kInvalidArgument,
                "FIELD_INVALID");
}

TEST_F(WitnessTest, AProofFromAnotherSizeIsToldWhichOneIsKnown) {
  const auto witness = Open().value();
  const auto first = witness->AddCheckpoint(honest_.Growth(5, 7));
  ExpectRefused(first, absl::StatusCode::kAborted, "CHECKPOINT_CONFLICT");
  EXPECT_THAT(KnownSizeIn(first.status()), Optional(0));

  ASSERT_THAT(witness->AddCheckpoint(honest_.Growth(0, 9)), IsOk());
  for (const uint64_t from : {0U, 7U, 10U}) {
    const auto answer = witness->AddCheckpoint(honest_.Growth(from, 20));
    ExpectRefused(answer, absl::StatusCode::kAborted, "CHECKPOINT_CONFLICT");
    EXPECT_THAT(KnownSizeIn(answer.status()), Optional(9));
  }
}

TEST_F(WitnessTest, ALogThatShrinksIsRefused) {
  const auto witness = Open().value();
  ASSERT_THAT(witness->AddCheckpoint(honest_.Growth(0, 9)), IsOk());

  ExpectRefused(witness->AddCheckpoint(honest_.Growth(0, 8)), absl::StatusCode::kAborted,
                "CHECKPOINT_CONFLICT");
  AddCheckpointRequest request = honest_.Growth(0, 8);
  request.set_old_size(9);
  ExpectRefused(witness->AddCheckpoint(request), absl::StatusCode::kInvalidArgument,
                "FIELD_INVALID");
  EXPECT_EQ(*Folder().ReadLast(kOrigin), honest_.Checkpoint(9));
}

TEST_F(WitnessTest, AnotherHistoryIsNotCosigned) {
  const auto witness = Open().value();
  ASSERT_THAT(witness->AddCheckpoint(honest_.Growth(0, 9)), IsOk());
  const TestLog forked(300, /*fork=*/8);

  ExpectRefused(witness->AddCheckpoint(forked.Growth(9, 20)), absl::StatusCode::kInvalidArgument,
                "PROOF_INVALID");
  AddCheckpointRequest without_proof = honest_.Growth(9, 20);
  without_proof.clear_proof();
  ExpectRefused(witness->AddCheckpoint(without_proof), absl::StatusCode::kInvalidArgument,
                "PROOF_INVALID");
  EXPECT_EQ(*Folder().ReadLast(kOrigin), honest_.Checkpoint(9));
  ExpectCosigned(witness->AddCheckpoint(honest_.Growth(9, 20)), honest_.Checkpoint(20), *witness);
}

TEST_F(WitnessTest, TwoRootsOfOneSizeAreKeptAsProof) {
  const auto witness = Open().value();
  ASSERT_THAT(witness->AddCheckpoint(honest_.Growth(0, 9)), IsOk());
  const TestLog forked(300, /*fork=*/8);

  for (const uint64_t from : {9U, 0U, 3U}) {
    ExpectRefused(witness->AddCheckpoint(forked.Growth(from, 9)),
                  absl::StatusCode::kFailedPrecondition, "LOG_FORKED");
  }

  EXPECT_EQ(Read(Folder().ForkFile(kOrigin)),
            absl::StrCat(honest_.Checkpoint(9), "\n", forked.Checkpoint(9)));
  EXPECT_THAT(lines_.str(), HasSubstr("\"event\":\"log_forked\""));
  EXPECT_THAT(Metrics(), HasSubstr("daybook_witness_forks_total 3"));
  EXPECT_EQ(*Folder().ReadLast(kOrigin), honest_.Checkpoint(9));
}

TEST_F(WitnessTest, RemembersWhatItCosigned) {
  ASSERT_THAT(Open().value()->AddCheckpoint(honest_.Growth(0, 9)), IsOk());
  const auto reopened = Open().value();

  EXPECT_THAT(KnownSizeIn(reopened->AddCheckpoint(honest_.Growth(0, 20)).status()), Optional(9));
  ExpectRefused(reopened->AddCheckpoint(TestLog(300, 8).Growth(9, 9)),
                absl::StatusCode::kFailedPrecondition, "LOG_FORKED");
  ExpectCosigned(reopened->AddCheckpoint(honest_.Growth(9, 20)), honest_.Checkpoint(20), *reopened);
}

// The process ended between writing and answering.
TEST_F(WitnessTest, WhatWasWrittenAndNotAnsweredIsCosignedOnDemand) {
  { ASSERT_THAT(Open(), IsOk()); }
  ASSERT_THAT(Folder().WriteLast(kOrigin, honest_.Checkpoint(9)), IsOk());
  const auto witness = Open().value();

  EXPECT_THAT(KnownSizeIn(witness->AddCheckpoint(honest_.Growth(0, 9)).status()), Optional(9));
  ExpectCosigned(witness->AddCheckpoint(honest_.Growth(9, 9)), honest_.Checkpoint(9), *witness);
}

TEST_F(WitnessTest, WhatCannotBeWrittenIsNotCosigned) {
  const auto witness = Open().value();
  fs::remove(Path() + "/logs");
  std::ofstream(Path() + "/logs") << "in the way";

  EXPECT_THAT(witness->AddCheckpoint(honest_.Growth(0, 9)), Not(IsOk()));

  fs::remove(Path() + "/logs");
  fs::create_directory(Path() + "/logs");
  ExpectCosigned(witness->AddCheckpoint(honest_.Growth(0, 9)), honest_.Checkpoint(9), *witness);
}

TEST_F(WitnessTest, AStateThatCannotBeReadEndsInNoCosignature) {
  const auto witness = Open().value();
  ASSERT_THAT(Folder().WriteLast(kOrigin, "nonsense"), IsOk());
  ExpectRefused(witness->AddCheckpoint(honest_.Growth(0, 9)), absl::StatusCode::kDataLoss,
                "STORE_DAMAGED");

  // Of another log.
  std::string other = honest_.Checkpoint(9);
  other.replace(0, 3, "LOG");
  ASSERT_THAT(Folder().WriteLast(kOrigin, other), IsOk());
  ExpectRefused(witness->AddCheckpoint(honest_.Growth(9, 20)), absl::StatusCode::kDataLoss,
                "STORE_DAMAGED");
}

TEST_F(WitnessTest, OnlySignaturesOfTheLogAreKept) {
  const auto witness = Open().value();
  AddCheckpointRequest request = honest_.Growth(0, 9);
  const SigningKey stranger("stranger.example", KeyType::kLog, {9});
  absl::StrAppend(request.mutable_checkpoint(),
                  ledger::FormatSignature(stranger.Sign("anything\n", clock_.Now())));

  ASSERT_THAT(witness->AddCheckpoint(request), IsOk());

  EXPECT_EQ(*Folder().ReadLast(kOrigin), honest_.Checkpoint(9));
}

TEST_F(WitnessTest, OfTwoHistoriesThatComeAtOnceOneIsCosigned) {
  const auto witness = Open().value();
  const TestLog forked(300, /*fork=*/0);
  std::vector<absl::StatusOr<AddCheckpointResponse>> answers(8, absl::UnknownError(""));
  {
    std::vector<std::thread> threads;
    threads.reserve(answers.size());
    for (size_t i = 0; i < answers.size(); ++i) {
      threads.emplace_back([&, i] {
        const TestLog& log = i % 2 == 0 ? honest_ : forked;
        answers[i] = witness->AddCheckpoint(log.Growth(0, 10 + i));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  int cosigned = 0;
  for (const auto& answer : answers) cosigned += answer.ok() ? 1 : 0;
  EXPECT_EQ(cosigned, 1);
}

TEST_F(WitnessTest, TwoDoNotShareAFolder) {
  const auto witness = Open();
  ASSERT_THAT(witness, IsOk());

  EXPECT_THAT(Open(), HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(WitnessTest, ALostKeyIsNotMadeAnew) {
  ASSERT_THAT(Open().value()->AddCheckpoint(honest_.Growth(0, 9)), IsOk());
  fs::remove(Folder().KeyFile());

  const absl::Status refused = Open().status();

  EXPECT_EQ(ReasonIn(refused), "WITNESS_NOT_CONFIGURED");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("its key is gone"));
}

TEST_F(WitnessTest, AKeyThatDoesNotFitIsRefused) {
  const std::string given = folder_.File("given.key");
  const auto why = [&](const std::string& name) {
    const absl::Status refused = Open(name, given).status();
    EXPECT_EQ(ReasonIn(refused), "WITNESS_NOT_CONFIGURED");
    return std::string(refused.message());
  };
  EXPECT_THAT(why(""), HasSubstr("there is no witness key"));
  std::ofstream(given) << LogKey().ToString() << '\n';
  EXPECT_THAT(why(""), HasSubstr("a log's key"));
  std::ofstream(given) << SigningKey("other.example", KeyType::kWitness, {4}).ToString() << '\n';
  EXPECT_THAT(why(kName), HasSubstr("--witness-name says"));
  EXPECT_THAT(Open("", given), IsOk());
  std::ofstream(given) << "nonsense";
  EXPECT_THAT(why(""), HasSubstr("a signing key is"));
}

TEST_F(WitnessTest, ANameThatNoKeyMayHaveIsRefused) {
  EXPECT_EQ(ReasonIn(Open("two words").status()), "WITNESS_NOT_CONFIGURED");
  EXPECT_FALSE(fs::exists(Folder().KeyFile()));
}

}  // namespace
}  // namespace daybook::witness
