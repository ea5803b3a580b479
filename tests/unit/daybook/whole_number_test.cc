#include "daybook/whole_number.h"

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "daybook/command_line.h"
#include "daybook/command_tree.h"

namespace daybook::cli {
namespace {

// What a validator makes of `text`; what it says where it refuses.
std::string Taken(const CLI::Validator& validator, std::string text) {
  const std::string refusal = validator(text);
  return refusal.empty() ? text : refusal;
}

TEST(WholeNumber, TakesDigitsAsPeopleReadThem) {
  EXPECT_EQ(Taken(WholeNumber(), "0"), "0");
  EXPECT_EQ(Taken(WholeNumber(), "100"), "100");
  EXPECT_EQ(Taken(WholeNumber(), "010"), "10");
  EXPECT_EQ(Taken(WholeNumber(), "18446744073709551615"), "18446744073709551615");
}

TEST(WholeNumber, RefusesAllElseAndSaysWhatIsWanted) {
  for (const std::string text : {"", "-1", "+5", "1e3", " 5", "5 ", "0x10", "1.0", "five", "５",
                                 "18446744073709551616", "-0"}) {
    EXPECT_EQ(Taken(WholeNumber(), text),
              absl::StrCat("takes a whole number such as 100; '", text, "' is none"));
  }
}

TEST(WholeNumber, RefusesWhatIsBeyondItsRange) {
  EXPECT_EQ(Taken(WholeNumber(1, 1'000), "1"), "1");
  EXPECT_EQ(Taken(WholeNumber(1, 1'000), "1000"), "1000");
  for (const std::string text : {"0", "1001"}) {
    EXPECT_EQ(
        Taken(WholeNumber(1, 1'000), text),
        absl::StrCat("takes a whole number from 1 to 1000 such as 100; '", text, "' is none"));
  }
}

TEST(SignedNumber, TakesANumberOnEitherSideOfZero) {
  EXPECT_EQ(Taken(SignedNumber(), "7"), "7");
  EXPECT_EQ(Taken(SignedNumber(), "-7"), "-7");
  EXPECT_EQ(Taken(SignedNumber(), "0100"), "100");
  EXPECT_EQ(Taken(SignedNumber(), "-9223372036854775808"), "-9223372036854775808");
  for (const std::string text : {"", "-", "--7", "+7", "0x7", "7e1", "9223372036854775808"}) {
    EXPECT_EQ(Taken(SignedNumber(), text),
              absl::StrCat("takes a whole number such as 7 or -7; '", text, "' is none"));
  }
}

TEST(Seconds, TakesNoneThatNeverEnd) {
  EXPECT_EQ(Taken(Seconds(0), "0"), "0");
  EXPECT_EQ(Taken(Seconds(0), "2.5"), "2.5");
  for (const std::string text : {"-1", "nan", "inf", "1e300", "soon", ""}) {
    EXPECT_NE(Taken(Seconds(0), text), text);
  }
  EXPECT_NE(Taken(Seconds(0.001), "0"), "0");
}

// How `daybook` ends with these arguments, and what it says on stderr.
struct RefusedRun {
  ExitCode code;
  std::string said;
};

RefusedRun RunWith(std::vector<std::string> words) {
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (std::string& word : words) arguments.push_back(word.data());
  std::ostringstream said;
  std::streambuf* const usual = std::cerr.rdbuf(said.rdbuf());
  CommandLine command_line;
  const ExitCode code = command_line.Run(static_cast<int>(arguments.size()), arguments.data());
  std::cerr.rdbuf(usual);
  return {.code = code, .said = said.str()};
}

// `daybook COMMAND --flag value`; an argument without a name comes behind a --.
std::vector<std::string> WordsWith(const CommandWords& command, const FlagWords& flag,
                                   const std::string& value) {
  std::vector<std::string> words = absl::StrSplit(absl::StrCat("daybook ", command.path), ' ');
  words.push_back(flag.is_argument ? "--" : flag.names.back());
  words.push_back(value);
  return words;
}

TEST(EveryCountOfTheCommandLine, IsAWholeNumber) {
  const CommandLine command_line;
  const CommandWords program = WordsOf(command_line.app());
  size_t found = 0;

  for (const CommandWords* command : AllCommands(program)) {
    for (const FlagWords& flag : command->flags) {
      if (flag.value != "UINT") continue;
      ++found;
      for (const std::string value : {"-1", "+5", "1e3", " 5", "0x10"}) {
        SCOPED_TRACE(absl::StrCat("daybook ", command->path, " ", flag.names.back(), " ", value));
        const RefusedRun ended = RunWith(WordsWith(*command, flag, value));

        EXPECT_EQ(ended.code, ExitCode::kUsage);
        EXPECT_NE(ended.said.find(absl::StrCat(flag.names.back(), ": takes a whole number")),
                  std::string::npos)
            << ended.said;
      }
    }
  }
  EXPECT_GE(found, 10U);
}

}  // namespace
}  // namespace daybook::cli
