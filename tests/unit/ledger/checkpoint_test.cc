#include "ledger/checkpoint.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "ledger/canonical_text.h"
#include "ledger/tlog_proof.h"
#include "support/status_matchers.h"

namespace daybook::ledger {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

const auto kNotRead = HasCode(absl::StatusCode::kInvalidArgument);

constexpr char kCheckpointText[] =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

TEST(Checkpoint, IsReadAsItIsWritten) {
  const Checkpoint checkpoint = ParseCheckpoint(kCheckpointText).value();

  EXPECT_EQ(checkpoint.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(checkpoint.head.size, LogSize(20852163));
  EXPECT_EQ(ToBase64(checkpoint.head.root), "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  EXPECT_EQ(FormatCheckpoint(checkpoint), kCheckpointText);
  const std::string extended = absl::StrCat(kCheckpointText, "one more\nand another\n");
  EXPECT_EQ(FormatCheckpoint(ParseCheckpoint(extended).value()), extended);
}

TEST(Checkpoint, OfAnEmptyLogHasSizeZero) {
  EXPECT_THAT(ParseCheckpoint(absl::StrReplaceAll(kCheckpointText, {{"20852163", "0"}})), IsOk());
}

TEST(Checkpoint, IsRefusedWhereItsFormIsAnother) {
  const auto with = [](const std::string& what, const std::string& instead) {
    return absl::StrReplaceAll(kCheckpointText, {{what, instead}});
  };
  for (const std::string& wrong :
       {std::string(),
        std::string("\n"),
        std::string(kCheckpointText).substr(0, sizeof(kCheckpointText) - 2),
        with("20852163", "01"),
        with("20852163", "+1"),
        with("20852163", "-1"),
        with("20852163", " 1"),
        with("20852163", "1 "),
        with("20852163", "0x1"),
        with("20852163", ""),
        with("20852163", "18446744073709551616"),
        with("2I=", "2I"),
        with("2I=", "2J="),
        with("2I=", "2I=="),
        with("CsUY", ""),
        with("/X", "_X"),
        with("\n", "\r\n"),
        with("example.com/behind-the-sofa", ""),
        absl::StrCat(kCheckpointText, "\n"),
        absl::StrCat(kCheckpointText, "\nx\n")}) {
    EXPECT_THAT(ParseCheckpoint(wrong).status(), kNotRead) << wrong;
  }
}

TEST(Decimal, HasOneForm) {
  EXPECT_EQ(ParseDecimal("18446744073709551615"), 18446744073709551615U);
  EXPECT_EQ(ParseDecimal("0"), 0U);
  for (const char* const wrong : {"", "00", "1_000", "1,000", "1e3", "１", " 1"}) {
    EXPECT_EQ(ParseDecimal(wrong), std::nullopt) << wrong;
  }
}

TEST(Base64, HasOneForm) {
  EXPECT_EQ(FromBase64(""), "");
  EXPECT_EQ(FromBase64("AAA="), std::string(2, '\0'));
  for (const char* const wrong :
       {"AAA", "AAA==", "AAB=", "A===", " AAA=", "AA A=", "AAA=\n", "AA-_"}) {
    EXPECT_EQ(FromBase64(wrong), std::nullopt) << wrong;
  }
}

std::string ProofText(const std::string& extra) {
  const std::string hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  return absl::StrCat("c2sp.org/tlog-proof@v1\n", extra, "index 5\n", hash, hash, "\n",
                      kCheckpointText, "\n— example.com/behind-the-sofa AAAAAAA=\n");
}

TEST(TlogProof, IsReadAsItIsWritten) {
  for (const std::string& text : {ProofText(""), ProofText("extra aGVsbG8=\n")}) {
    const TlogProof proof = ParseTlogProof(text).value();
    EXPECT_EQ(proof.index, Seq(5));
    EXPECT_EQ(proof.hashes.size(), 2U);
    EXPECT_EQ(FormatTlogProof(proof), text);
  }
  EXPECT_EQ(ParseTlogProof(ProofText("extra aGVsbG8=\n"))->extra, "hello");
  const std::string of_one = "c2sp.org/tlog-proof@v1\nindex 0\n\nnote";
  EXPECT_EQ(FormatTlogProof(ParseTlogProof(of_one).value()), of_one);
}

TEST(TlogProof, IsRefusedWhereItsFormIsAnother) {
  const auto with = [](const std::string& what, const std::string& instead) {
    return absl::StrReplaceAll(ProofText("extra aGVsbG8=\n"), {{what, instead}});
  };
  const std::string hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  std::string long_one = "c2sp.org/tlog-proof@v1\nindex 0\n";
  for (int i = 0; i < 65; ++i) long_one += hash;
  for (const std::string& wrong :
       {std::string(), std::string("c2sp.org/tlog-proof@v1\n"), with("@v1", "@v2"),
        with("index 5", "index 05"), with("index 5", "index"), with("index 5\n", ""),
        with("index 5", "index -5"), with("aGVsbG8=", "aGVsbG8"), with("aGVsbG8=", ""),
        with("extra", "extras"), with("2I=", "2I"), with("\n", "\r\n"), long_one + "\nnote",
        std::string("c2sp.org/tlog-proof@v1\nindex 0\n") + hash}) {
    EXPECT_THAT(ParseTlogProof(wrong).status(), kNotRead) << wrong;
  }
}

}  // namespace
}  // namespace daybook::ledger
