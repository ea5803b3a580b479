#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// What the command line takes, as it is declared where it is parsed: completions and
// the manual page are made from it.

struct FlagWords {
  std::vector<std::string> names = {};  // `-o`, `--output`; of an argument without, its own
  std::string value = {};               // TEXT, UINT, FILE; empty where it takes none
  std::vector<std::string> choices = {};
  std::string description = {};
  std::string usual = {};        // what it is where it is not given
  std::string environment = {};  // the variable that it is taken from
  bool is_argument = false;      // has no name on the command line
};

struct CommandWords {
  std::string path = {};  // `key rotate`; empty of the program
  std::string description = {};
  std::string footer = {};
  std::vector<FlagWords> flags = {};
  std::vector<CommandWords> commands = {};
};

CommandWords WordsOf(const CLI::App& app);

// All commands below `program`, those of commands behind them.
std::vector<const CommandWords*> AllCommands(const CommandWords& program);

}  // namespace daybook::cli
