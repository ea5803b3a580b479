#include "ledger/note.h"

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "ledger/ed25519.h"
#include "ledger/hash.h"
#include "support/status_matchers.h"

namespace daybook::ledger {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;

const auto kNoteRefused = HasCode(absl::StatusCode::kInvalidArgument);

Ed25519Seed SeedOf(uint8_t byte) {
  Ed25519Seed seed;
  seed.fill(byte);
  return seed;
}

const SigningKey& LogKey() {
  static const SigningKey key("log.example/one", KeyType::kLog, SeedOf(1));
  return key;
}

const SigningKey& WitnessKey() {
  static const SigningKey key("witness.example", KeyType::kWitness, SeedOf(2));
  return key;
}

constexpr char kNoteText[] = "log.example/one\n7\nroot\n";
const absl::Time kNow = absl::FromUnixSeconds(1'763'683'200);

Note Signed(const std::vector<const SigningKey*>& keys) {
  Note note{.text = kNoteText, .signatures = {}};
  for (const SigningKey* key : keys) note.signatures.push_back(key->Sign(kNoteText, kNow));
  return note;
}

TEST(Ed25519, SignsAsTheRfcsVectorsSay) {
  Ed25519Seed seed;
  const std::string bytes =
      absl::HexStringToBytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  std::copy(bytes.begin(), bytes.end(), seed.begin());
  const Ed25519PublicKey key = Ed25519PublicKeyOf(seed);

  EXPECT_EQ(ToHex(key), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(absl::BytesToHexString(Ed25519Sign(seed, "\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(Ed25519Verifies(key, "\x72", Ed25519Sign(seed, "\x72")));
  EXPECT_FALSE(Ed25519Verifies(key, "\x73", Ed25519Sign(seed, "\x72")));
  EXPECT_FALSE(Ed25519Verifies(key, "\x72", Ed25519Sign(seed, "\x72").substr(1)));
}

// The key and the note of the documentation of Go's package.
TEST(Note, OfAnotherImplementationVerifies) {
  const auto key =
      VerifierKey::Parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  ASSERT_THAT(key, IsOk());
  const auto note = ParseNote(
      "If you think cryptography is the answer to your problem,\n"
      "then you don't know what your problem is.\n"
      "\n"
      "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZ"
      "b6KE6RyyBwJnAM=\n");
  ASSERT_THAT(note, IsOk());

  EXPECT_THAT(VerifyNote(*note, {&*key, 1}).value(), ElementsAre(0));
  const auto secret = SigningKey::Parse(
      "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz");
  ASSERT_THAT(secret, IsOk());
  EXPECT_EQ(secret->verifier().ToString(), key->ToString());
  EXPECT_EQ(secret->Sign(note->text, kNow), note->signatures[0]);
}

TEST(NoteKey, IsReadAsItIsWritten) {
  for (const SigningKey* key : {&LogKey(), &WitnessKey()}) {
    EXPECT_EQ(SigningKey::Parse(key->ToString())->ToString(), key->ToString());
    const std::string verifier = key->verifier().ToString();
    EXPECT_EQ(VerifierKey::Parse(verifier)->ToString(), verifier);
    EXPECT_EQ(VerifierKey::Parse(verifier)->type(), key->verifier().type());
  }
}

TEST(NoteKey, IsRefusedWhereAnyPartIsAnother) {
  const std::string key = LogKey().verifier().ToString();
  for (const std::string& wrong :
       {std::string(), std::string("name"), std::string("a+b"), "+" + key, key + "=", key + "\n",
        absl::StrReplaceAll(key, {{"log.example", "log example"}}),
        absl::StrReplaceAll(key, {{"log.example", "log\u2003example"}}),
        absl::StrReplaceAll(key, {{"log.example", "log.exampel"}}),
        absl::StrReplaceAll(key, {{"+A", "+B"}}), key.substr(0, key.size() - 1),
        LogKey().ToString()}) {
    EXPECT_THAT(VerifierKey::Parse(wrong).status(), kNoteRefused) << wrong;
  }
  EXPECT_THAT(SigningKey::Parse(key).status(), kNoteRefused);
}

TEST(NoteKey, ASecretIsNotToldByItsError) {
  const std::string wrong = LogKey().ToString() + "x";
  EXPECT_THAT(std::string(SigningKey::Parse(wrong).status().message()),
              ::testing::Not(::testing::HasSubstr(wrong.substr(30, 10))));
}

TEST(Note, IsReadAsItIsWritten) {
  const Note note = Signed({&LogKey(), &WitnessKey()});

  EXPECT_EQ(ParseNote(FormatNote(note)).value(), note);
}

TEST(Note, ALineOfASignatureCanBePutBehindIt) {
  const Note note = Signed({&LogKey()});
  const NoteSignature cosignature = WitnessKey().Sign(note.text, kNow);

  EXPECT_EQ(ParseNote(FormatNote(note) + FormatSignature(cosignature)).value(),
            Signed({&LogKey(), &WitnessKey()}));
  EXPECT_EQ(CosignedAt(cosignature), static_cast<uint64_t>(absl::ToUnixSeconds(kNow)));
  EXPECT_EQ(CosignedAt({.name = "w", .key_id = 1, .bytes = "short"}), std::nullopt);
}

TEST(Note, TellsWhoHasSignedIt) {
  const std::vector<VerifierKey> known = {WitnessKey().verifier(), LogKey().verifier()};

  EXPECT_THAT(VerifyNote(Signed({&LogKey()}), known).value(), ElementsAre(1));
  EXPECT_THAT(VerifyNote(Signed({&LogKey(), &WitnessKey()}), known).value(), ElementsAre(0, 1));
}

TEST(Note, WithoutASignatureOfAKnownKeyIsRefused) {
  const SigningKey stranger("stranger.example", KeyType::kLog, SeedOf(9));
  const SigningKey namesake("log.example/one", KeyType::kLog, SeedOf(9));
  const std::vector<VerifierKey> known = {LogKey().verifier()};

  EXPECT_THAT(VerifyNote(Signed({&stranger}), known).status(), kNoteRefused);
  EXPECT_THAT(VerifyNote(Signed({&namesake}), known).status(), kNoteRefused);
  EXPECT_THAT(VerifyNote(Signed({&LogKey(), &namesake}), known), IsOk());
}

TEST(Note, WithASignatureThatIsNotOverItsTextIsRefused) {
  const std::vector<VerifierKey> known = {LogKey().verifier(), WitnessKey().verifier()};
  Note note = Signed({&LogKey(), &WitnessKey()});
  note.text = "log.example/one\n8\nroot\n";
  EXPECT_THAT(VerifyNote(note, known).status(), kNoteRefused);

  Note later = Signed({&LogKey(), &WitnessKey()});
  ++later.signatures[1].bytes[7];  // when the witness saw it
  EXPECT_THAT(VerifyNote(later, known).status(), kNoteRefused);
  later.signatures[1].bytes = "short";
  EXPECT_THAT(VerifyNote(later, known).status(), kNoteRefused);
}

TEST(Note, OfALogIsNoWitnesss) {
  const SigningKey both("log.example/one", KeyType::kWitness, SeedOf(1));

  EXPECT_NE(both.verifier().id(), LogKey().verifier().id());
  const std::vector<VerifierKey> known = {both.verifier()};
  EXPECT_THAT(VerifyNote(Signed({&LogKey()}), known).status(), kNoteRefused);
}

TEST(Note, IsRefusedWhereItsFormIsAnother) {
  const std::string good = FormatNote(Signed({&LogKey()}));
  ASSERT_THAT(ParseNote(good), IsOk());
  const std::string line = good.substr(good.rfind("\n\n") + 2);
  std::string many = std::string(kNoteText) + "\n";
  for (size_t i = 0; i <= kMaxNoteSignatures; ++i) many += line;
  for (const std::string& wrong :
       {std::string(), std::string("\n"), std::string(kNoteText), std::string(kNoteText) + "\n",
        good.substr(0, good.size() - 1), good + "\n", good + "more\n", "\x01" + good,
        absl::StrReplaceAll(good, {{"\n", "\r\n"}}),
        absl::StrReplaceAll(good, {{"\xE2\x80\x94", "-"}}),
        absl::StrReplaceAll(good, {{"=\n", "\n"}}), "\xff" + good, std::string(kNoteText) + line,
        std::string(kNoteText) + "\n— log.example/one AAAA\n",
        std::string(kNoteText) + "\n—  " + line.substr(line.rfind(' ') + 1), many,
        std::string(kMaxNoteBytes, 'a') + good}) {
    EXPECT_THAT(ParseNote(wrong).status(), kNoteRefused) << wrong.substr(0, 300);
  }
}

TEST(Note, MayHaveEmptyLinesInItsText) {
  const std::string text = "one\n\n\ntwo\n";
  const Note note{.text = text, .signatures = {LogKey().Sign(text, kNow)}};

  EXPECT_EQ(ParseNote(FormatNote(note)).value(), note);
}

}  // namespace
}  // namespace daybook::ledger
