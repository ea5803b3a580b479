#include "signer/log_signer.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"

#include "core/errors.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::signer {
namespace {

namespace fs = std::filesystem;

using ::daybook::ledger::TreeHead;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr char kOrigin[] = "test.example/log";

TreeHead Head(uint64_t size, uint8_t root = 1) { return {.size = LogSize(size), .root = {root}}; }

class LogSignerTest : public ::testing::Test {
 protected:
  absl::StatusOr<LogSigner> Open(const std::string& key_file = "") const {
    return LogSigner::Open(SignerFolder(folder_.File("signer"), {.key = key_file}), kOrigin);
  }
  std::string File(const std::string& name) const { return folder_.File("signer/" + name); }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  static void ExpectRefused(const absl::Status& status, const std::string& why) {
    EXPECT_EQ(ReasonIn(status), "SIGNING_REFUSED");
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
  }

  testing::TempFolder folder_;
  absl::Time now_ = absl::FromUnixSeconds(1'763'683'200);
};

TEST_F(LogSignerTest, MakesAKeyThatOnlyItsOwnerReads) {
  const auto signer = Open();

  ASSERT_THAT(signer, IsOk());
  EXPECT_EQ(signer->last(), std::nullopt);
  EXPECT_EQ(fs::status(File("signing.key")).permissions() & fs::perms::all,
            fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_THAT(signer->ShowKnown(), IsOk());
  EXPECT_EQ(Read(File("verifier.key")), signer->verifier().ToString() + "\n");
  EXPECT_EQ(Open()->verifier().ToString(), signer->verifier().ToString());
}

TEST_F(LogSignerTest, WhatItSignsIsACheckpointOfTheLog) {
  auto signer = Open();
  const auto bytes = signer->Sign(Head(3), now_);
  ASSERT_THAT(bytes, IsOk());

  const auto note = ledger::ParseNote(*bytes);
  ASSERT_THAT(note, IsOk());
  EXPECT_THAT(ledger::VerifyNote(*note, {&signer->verifier(), 1}), IsOk());
  EXPECT_EQ(*ledger::ParseCheckpoint(note->text),
            (ledger::Checkpoint{.origin = kOrigin, .head = Head(3)}));
}

TEST_F(LogSignerTest, RemembersWhatItSigned) {
  const std::string note = Open()->Sign(Head(3), now_).value();

  EXPECT_EQ(Read(File("signer.state")), note);
  EXPECT_THAT(Open()->last(), Optional(Head(3)));
}

TEST_F(LogSignerTest, NeverSignsBackwards) {
  auto signer = Open();
  ASSERT_THAT(signer->Sign(Head(3), now_), IsOk());

  ExpectRefused(signer->Sign(Head(2), now_).status(), "holds 2 events");
  ExpectRefused(Open()->Sign(Head(2), now_).status(), "checkpoint of 3");
  EXPECT_THAT(signer->Sign(Head(4), now_), IsOk());
}

TEST_F(LogSignerTest, NeverSignsTwoHistories) {
  auto signer = Open();
  const auto first = signer->Sign(Head(3, 1), now_);

  ExpectRefused(signer->Sign(Head(3, 2), now_).status(), "over others");
  EXPECT_EQ(signer->Sign(Head(3, 1), now_).value(), *first);
}

TEST_F(LogSignerTest, SignsNothingThatItCannotRemember) {
  auto signer = Open();
  fs::remove_all(folder_.File("signer"));

  EXPECT_FALSE(signer->Sign(Head(3), now_).ok());
  EXPECT_EQ(signer->last(), std::nullopt);
}

TEST_F(LogSignerTest, TheKeyOfAnotherLogIsRefused) {
  ASSERT_THAT(Open(), IsOk());

  ExpectRefused(LogSigner::Open(SignerFolder(folder_.File("signer")), "another.example").status(),
                "test.example/log");
}

TEST_F(LogSignerTest, AStateThatItDidNotSignIsRefused) {
  ASSERT_THAT(Open()->Sign(Head(3), now_), IsOk());
  std::string note = Read(File("signer.state"));
  note.replace(note.find("\n3\n"), 3, "\n2\n");
  Write(File("signer.state"), note);

  ExpectRefused(Open().status(), "signer.state");
  Write(File("signer.state"), "");
  ExpectRefused(Open().status(), "no signed note");
}

TEST_F(LogSignerTest, AKeyThatWasLostIsNotMadeAnew) {
  ASSERT_THAT(Open()->Sign(Head(3), now_), IsOk());
  fs::remove(File("signing.key"));

  ExpectRefused(Open().status(), "its key is gone");
  EXPECT_FALSE(fs::exists(File("signing.key")));
}

TEST_F(LogSignerTest, SignsWithTheKeyThatIsGiven) {
  const ledger::SigningKey key(kOrigin, ledger::KeyType::kLog, {7});
  const std::string file = folder_.File("given.key");
  Write(file, key.ToString() + "\n");

  const auto signer = Open(file);

  ASSERT_THAT(signer, IsOk());
  EXPECT_EQ(signer->verifier().ToString(), key.verifier().ToString());
  EXPECT_FALSE(fs::exists(File("signing.key")));
}

TEST_F(LogSignerTest, AGivenKeyMustBeThereAndBeOne) {
  ExpectRefused(Open(folder_.File("missing.key")).status(), "missing.key");

  Write(folder_.File("odd.key"), "not a key");
  const absl::Status odd = Open(folder_.File("odd.key")).status();
  ExpectRefused(odd, "PRIVATE+KEY");
  EXPECT_FALSE(absl::StrContains(odd.message(), "not a key"));

  const ledger::SigningKey witness(kOrigin, ledger::KeyType::kWitness, {7});
  Write(folder_.File("witness.key"), witness.ToString());
  ExpectRefused(Open(folder_.File("witness.key")).status(), "witness");
}

}  // namespace
}  // namespace daybook::signer
