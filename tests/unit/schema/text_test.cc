#include <optional>
#include <string>

#include <gmock/gmock.h>

#include "schema/charset.h"
#include "schema/ip_address.h"
#include "schema/utf8.h"
#include "support/status_matchers.h"

namespace daybook::schema {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

TEST(Charset, HoldsItsCharactersAndRanges) {
  const Charset charset = *Charset::Parse("a-z0-9_.");

  for (const char c : std::string("amz059_.")) EXPECT_TRUE(charset.Contains(c)) << c;
  for (const char c : std::string("`{A/:-\0\x80\xff", 9)) EXPECT_FALSE(charset.Contains(c)) << c;
  EXPECT_TRUE(charset.ContainsAll("a.b_9"));
  EXPECT_TRUE(charset.ContainsAll(""));
  EXPECT_FALSE(charset.ContainsAll("a.b-9"));
  EXPECT_FALSE(charset.ContainsAll("é"));
}

TEST(Charset, ADashThatStandsLastIsMeant) {
  EXPECT_TRUE(Charset::Parse("a-z-")->Contains('-'));
  EXPECT_TRUE(Charset::Parse("-")->Contains('-'));
}

TEST(Charset, RefusesWhatMeansSomethingElseInADatabase) {
  for (const std::string expression : {"z-a", "[", "]", "^", "\\", "a\n", "é", "a-é", "\x7f"}) {
    EXPECT_THAT(Charset::Parse(expression), HasCode(absl::StatusCode::kInvalidArgument))
        << expression;
  }
  EXPECT_THAT(Charset::Parse(""), IsOk());
}

TEST(CountCharacters, CountsCodePoints) {
  EXPECT_EQ(CountCharacters(""), 0U);
  EXPECT_EQ(CountCharacters("abc"), 3U);
  EXPECT_EQ(CountCharacters("한글"), 2U);
  EXPECT_EQ(CountCharacters("👍"), 1U);
  EXPECT_EQ(CountCharacters("e\u0301"), 2U);
  EXPECT_EQ(CountCharacters(std::string("a\0b", 3)), 3U);
}

TEST(CountCharacters, TakesBothEndsOfEveryLength) {
  for (const std::string text :
       {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(CountCharacters(text), 1U);
    EXPECT_EQ(CountCharacters("x" + text + "y"), 3U);
  }
}

TEST(CountCharacters, RefusesWhatIsNotUtf8) {
  for (const std::string text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xC2\xC0", "\xE0\x9F\xBF",
        "\xE0\xA0", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF0\x90\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
    EXPECT_EQ(CountCharacters(text), std::nullopt);
    EXPECT_EQ(CountCharacters("valid " + text), std::nullopt);
    EXPECT_EQ(CountCharacters(text + " valid"), std::nullopt);
  }
}

TEST(CanonicalIpAddress, PrintsAsInetNtopDoes) {
  EXPECT_EQ(CanonicalIpAddress("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(CanonicalIpAddress("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
  EXPECT_EQ(CanonicalIpAddress("::"), "::");
  EXPECT_EQ(CanonicalIpAddress("1:0:0:2:0:0:0:3"), "1:0:0:2::3");
  EXPECT_EQ(CanonicalIpAddress("64:ff9b::1.2.3.4"), "64:ff9b::102:304");
}

TEST(CanonicalIpAddress, MappedAddressesBecomeIpv4) {
  EXPECT_EQ(CanonicalIpAddress("::ffff:1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(CanonicalIpAddress("::FFFF:0102:0304"), "1.2.3.4");
  EXPECT_EQ(CanonicalIpAddress("0000:0000:0000:0000:0000:ffff:255.255.255.255"), "255.255.255.255");
}

TEST(CanonicalIpAddress, IsCanonicalOnceAndForAll) {
  for (const std::string text : {"10.0.0.1", "::", "2001:db8::1", "::1.2.3.4", "fe80::1"}) {
    const std::string once = CanonicalIpAddress(text).value_or("none");
    EXPECT_EQ(CanonicalIpAddress(once), once);
  }
}

TEST(CanonicalIpAddress, RefusesEverythingElse) {
  for (const std::string& text : {std::string(""),
                                  std::string("localhost"),
                                  std::string("10.0.0"),
                                  std::string("10.0.0.256"),
                                  std::string("010.0.0.1"),
                                  std::string("10.0.0.01"),
                                  std::string("0x0a.0.0.1"),
                                  std::string(" 10.0.0.1"),
                                  std::string("10.0.0.1 "),
                                  std::string("10.0.0.1\n"),
                                  std::string("10.0.0.1:80"),
                                  std::string("10.0.0.1/8"),
                                  std::string("fe80::1%eth0"),
                                  std::string("fe80::1%1"),
                                  std::string("[::1]"),
                                  std::string("::1::"),
                                  std::string("1:2:3:4:5:6:7"),
                                  std::string("12345::"),
                                  std::string("10.0.0.1\0", 9),
                                  std::string("::1\0x", 5)}) {
    EXPECT_EQ(CanonicalIpAddress(text), std::nullopt) << text;
  }
}

TEST(CountCharacters, CountsWhereverInTheTextTheCharactersAre) {
  for (size_t before = 0; before < 20; ++before) {
    for (size_t after = 0; after < 20; ++after) {
      const std::string text = std::string(before, 'a') + "\xED\x99\x8D" + std::string(after, 'z');
      EXPECT_EQ(CountCharacters(text), before + 1 + after);
      const std::string spoiled = std::string(before, 'a') + '\xED' + std::string(after, 'z');
      EXPECT_EQ(CountCharacters(spoiled), std::nullopt);
    }
  }
}

TEST(CanonicalIpAddress, TakesFourNumbersWithoutLeadingZerosAsTheyAre) {
  for (const char* text : {"0.0.0.0", "1.2.3.4", "203.0.113.9", "255.255.255.255"}) {
    EXPECT_EQ(CanonicalIpAddress(text), text);
  }
  for (const char* text : {"", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "1..3.4",
                           ".1.2.3.4", "1.2.3.256", "1.2.3.1000", "01.2.3.4", "1.2.3.00",
                           "1.2.3.4 ", "1,2,3,4", "1.2.3.-4", "99999999999.1.1.1"}) {
    EXPECT_EQ(CanonicalIpAddress(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace daybook::schema
