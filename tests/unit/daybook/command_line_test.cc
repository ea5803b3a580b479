#include "daybook/command_line.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include "daybook/command_tree.h"
#include "daybook/completion.h"
#include "daybook/man_page.h"

namespace daybook::cli {
namespace {

class Documentation : public ::testing::Test {
 protected:
  // Each flag of each command, and those of the program, with the command's path.
  template <typename Check>
  void ForEachFlag(Check check) const {
    size_t flags = 0;
    std::vector<const CommandWords*> commands = AllCommands(words_);
    commands.push_back(&words_);
    for (const CommandWords* command : commands) {
      for (const FlagWords& flag : command->flags) {
        for (const std::string& name : flag.names) {
          SCOPED_TRACE(absl::StrCat("daybook ", command->path, " ", name));
          check(*command, flag, name);
          ++flags;
        }
      }
    }
    EXPECT_GT(flags, 100U);
  }

  const CLI::App* Find(const std::string& path) const {
    const CLI::App* found = &command_line_.app();
    for (const absl::string_view word : absl::StrSplit(path, ' ', absl::SkipEmpty())) {
      found = found->get_subcommand(std::string(word));
    }
    return found;
  }

  const CommandLine command_line_;
  const CommandWords words_ = WordsOf(command_line_.app());
};

TEST_F(Documentation, HelpHasEveryFlagWithItsMeaning) {
  ForEachFlag([this](const CommandWords& command, const FlagWords& flag, const std::string& name) {
    EXPECT_TRUE(absl::StrContains(Find(command.path)->help(), name));
    EXPECT_FALSE(flag.description.empty());
  });
}

TEST_F(Documentation, HelpOfEveryCommandHasAnExample) {
  for (const CommandWords* command : AllCommands(words_)) {
    const std::string start = absl::StrCat("daybook ", command->path);
    const CLI::App* app = Find(command->path);
    const bool has_own = absl::StrContains(app->get_footer(), start);
    const bool has_parents = absl::StrContains(app->get_parent()->get_footer(), start);
    EXPECT_TRUE(absl::StrContains(app->get_footer(), "Example: ") || has_parents) << start;
    EXPECT_TRUE(has_own || has_parents) << start;
    EXPECT_FALSE(command->description.empty()) << start;
  }
}

TEST_F(Documentation, ManPageHasEveryCommandAndFlag) {
  const std::string page =
      absl::StrReplaceAll(ManPage(words_, "1.0"), {{"\\-", "-"}, {"\\fB", ""}, {"\\fR", ""}});

  for (const CommandWords* command : AllCommands(words_)) {
    const size_t begin = page.find(absl::StrCat(".SS \"daybook ", command->path, "\"\n"));
    ASSERT_NE(begin, std::string::npos) << command->path;
    const std::string section = page.substr(begin, page.find("\n.SS", begin) - begin);
    for (const FlagWords& flag : command->flags) {
      for (const std::string& name : flag.names) {
        EXPECT_TRUE(absl::StrContains(section, name)) << command->path << " " << name;
      }
    }
  }
  for (const FlagWords& flag : words_.flags) {
    EXPECT_TRUE(absl::StrContains(page.substr(0, page.find(".SH COMMANDS")), flag.names.back()));
  }
}

TEST_F(Documentation, CompletionsHaveEveryCommandAndFlag) {
  const std::string bash = BashCompletion(words_);
  const std::string zsh = ZshCompletion(words_);
  const std::string fish = FishCompletion(words_);

  ForEachFlag([&](const CommandWords& command, const FlagWords& flag, const std::string& name) {
    if (flag.is_argument) return;
    const size_t begin = bash.find(absl::StrCat("    '", command.path, "')\n"));
    ASSERT_NE(begin, std::string::npos);
    EXPECT_TRUE(absl::StrContains(bash.substr(begin, bash.find(";;", begin) - begin), name));
    EXPECT_TRUE(absl::StrContains(zsh, absl::StrCat("'", name, ":")));
    EXPECT_TRUE(absl::StrContains(
        fish, absl::StartsWith(name, "--") ? " -l " + name.substr(2) : " -s " + name.substr(1)));
  });
  for (const CommandWords* command : AllCommands(words_)) {
    for (const std::string* script : {&bash, &zsh}) {
      EXPECT_TRUE(absl::StrContains(*script, absl::StrCat("command='", command->path, "'")));
    }
    EXPECT_TRUE(absl::StrContains(
        fish, absl::StrCat(" -a '", command->path.substr(command->path.rfind(' ') + 1), "'")));
  }
}

TEST_F(Documentation, KnowsTheValuesThatAFlagMayHave) {
  const CommandWords& query = words_.commands[1];
  ASSERT_EQ(query.path, "query");

  for (const FlagWords& flag : query.flags) {
    if (flag.names.back() == "--color") {
      EXPECT_EQ(flag.choices, (std::vector<std::string>{"auto", "always", "never"}));
      EXPECT_EQ(flag.usual, "auto");
    }
    if (flag.names.back() == "--utc") {
      EXPECT_EQ(flag.value, "");
    }
    if (flag.names.back() == "--limit") {
      EXPECT_EQ(flag.value, "UINT");
    }
  }
}

}  // namespace
}  // namespace daybook::cli
