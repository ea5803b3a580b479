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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr char kOrigin[] = "test.example/log";

TreeHead Head(uint64_t size, uint8_t root = 1) { return {.size = LogSize(size), .root = {root}}; }

class LogSignerTest : public ::testing::Test {
 protected:
  absl::StatusOr<LogSigner> Open(const std::string& key_file = "") const {
    return LogSigner::Open(SignerFolder(folder_.File("signer"), {.key = key_file}), kOrigin);
  }
  SignerFolder Folder() const { return SignerFolder(folder_.File("signer")); }
  // Puts the next key there.
  ledger::SigningKey Next(uint8_t seed = 8, const std::string& origin = kOrigin) const {
    ledger::SigningKey next(origin, ledger::KeyType::kLog, {seed});
    EXPECT_THAT(Folder().WriteNextKey(next), IsOk());
    return next;
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

TEST_F(LogSignerTest, WithANextKeyItSignsWithBoth) {
  ASSERT_THAT(Open(), IsOk());
  const ledger::VerifierKey next = Next().verifier();
  auto signer = Open();
  ASSERT_THAT(signer, IsOk());
  ASSERT_EQ(signer->held().size(), 2U);

  const auto note = ledger::ParseNote(signer->Sign(Head(3), now_).value());

  ASSERT_THAT(note, IsOk());
  EXPECT_THAT(ledger::VerifyNote(*note, signer->held()).value(), ElementsAre(0, 1));
  EXPECT_EQ(signer->held()[1].ToString(), next.ToString());
  EXPECT_TRUE(signer->HasSignedLast(signer->held()[0]));
  EXPECT_TRUE(signer->HasSignedLast(next));
  EXPECT_EQ(signer->last_note(), Read(File("signer.state")));
}

TEST_F(LogSignerTest, AStateThatOneOfItsKeysSignedIsBelieved) {
  ASSERT_THAT(Open()->Sign(Head(3), now_), IsOk());
  const ledger::VerifierKey next = Next().verifier();
  auto signer = Open();
  EXPECT_THAT(signer->last(), Optional(Head(3)));
  EXPECT_FALSE(signer->HasSignedLast(next));
  ASSERT_THAT(signer->Sign(Head(4), now_), IsOk());

  ASSERT_THAT(Folder().MakeNextTheKey(), IsOk());

  signer = Open();
  ASSERT_THAT(signer, IsOk());
  EXPECT_THAT(signer->last(), Optional(Head(4)));
  EXPECT_EQ(signer->held().size(), 1U);
  EXPECT_EQ(signer->verifier().ToString(), next.ToString());
}

TEST_F(LogSignerTest, ANextKeyThatHasSignedNothingCannotTakeOver) {
  ASSERT_THAT(Open()->Sign(Head(3), now_), IsOk());
  Next();
  ASSERT_THAT(Folder().MakeNextTheKey(), IsOk());

  ExpectRefused(Open().status(), "signer.state");
}

TEST_F(LogSignerTest, ANextKeyMustBeOneOfTheLog) {
  ASSERT_THAT(Open(), IsOk());
  Next(8, "another.example");
  ExpectRefused(Open().status(), "signing.next.key");

  const SignerFolder given(folder_.File("signer"), {.next_key = folder_.File("missing.key")});
  ExpectRefused(LogSigner::Open(given, kOrigin).status(), "missing.key");
}

TEST_F(LogSignerTest, OneKeyInBothPlacesIsOne) {
  ASSERT_THAT(Open(), IsOk());
  fs::copy_file(File("signing.key"), File("signing.next.key"));

  EXPECT_EQ(Open()->held().size(), 1U);
}

TEST_F(LogSignerTest, ShowsAllKeysThatItKnows) {
  ASSERT_THAT(Open(), IsOk());
  auto signer = Open();
  const ledger::VerifierKey old =
      ledger::SigningKey(kOrigin, ledger::KeyType::kLog, {9}).verifier();

  signer->Know({signer->verifier(), old});
  ASSERT_THAT(signer->ShowKnown(), IsOk());

  const auto shown = Folder().ReadVerifiers();
  ASSERT_THAT(shown, IsOk());
  ASSERT_EQ(shown->size(), 2U);
  EXPECT_EQ((*shown)[0].ToString(), signer->verifier().ToString());
  EXPECT_EQ((*shown)[1].ToString(), old.ToString());
}

TEST_F(LogSignerTest, PuttingAsideTakesTheNextKeyToo) {
  ASSERT_THAT(Open()->Sign(Head(3), now_), IsOk());
  Next();

  ASSERT_THAT(Folder().PutAside("7"), IsOk());

  EXPECT_TRUE(fs::exists(File("signing.next.key.7")));
  EXPECT_EQ(Open()->held().size(), 1U);
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
