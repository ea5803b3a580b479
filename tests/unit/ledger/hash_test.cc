#include "ledger/hash.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::ledger {
namespace {

TEST(Sha256, ComputesWhatTheStandardSays) {
  EXPECT_EQ(ToHex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, HashesNulBytesToo) { EXPECT_NE(Sha256(std::string("a\0", 2)), Sha256("a")); }

TEST(HmacSha256, ComputesWhatRfc4231Says) {
  EXPECT_EQ(ToHex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(ToHex(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(EqualInConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(EqualInConstantTime("abc", "abc"));
  EXPECT_TRUE(EqualInConstantTime("", ""));
  EXPECT_FALSE(EqualInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualInConstantTime("abc", "ab"));
}

TEST(AsBytes, ShowsAllOfAHash) {
  const Hash hash = Sha256("abc");

  EXPECT_EQ(AsBytes(hash).size(), 32U);
  EXPECT_EQ(AsBytes(hash).front(), '\xba');
  EXPECT_EQ(AsBytes(hash).back(), '\xad');
}

}  // namespace
}  // namespace daybook::ledger
