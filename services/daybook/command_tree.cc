#include "daybook/command_tree.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace daybook::cli {
namespace {

// The library writes a type as TEXT:{auto,always,never}, or with {SUCCESS->1,FAILURE->2}.
void SetValue(const CLI::Option& option, FlagWords& words) {
  const std::string type = option.get_type_name();
  const size_t begin = type.find('{');
  const size_t end = type.find('}');
  if (begin != std::string::npos && end != std::string::npos) {
    words.choices = absl::StrSplit(type.substr(begin + 1, end - begin - 1), ',');
    for (std::string& choice : words.choices) choice = choice.substr(0, choice.find("->"));
  }
  words.value = type.substr(0, type.find(':'));
}

FlagWords WordsOf(const CLI::Option& option) {
  FlagWords words{.description = option.get_description(),
                  .usual = option.get_default_str(),
                  .environment = option.get_envname(),
                  .is_argument = option.get_positional()};
  if (words.is_argument) words.names.push_back(option.get_name(/*positional=*/true));
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  const bool takes_value = option.get_items_expected_max() > 0;
  if (takes_value) SetValue(option, words);
  return words;
}

void AddFlags(const CLI::App& app, CommandWords& words) {
  const bool is_group = app.get_name().empty();  // which has a --help that nobody sees
  for (const CLI::Option* option : app.get_options(nullptr)) {
    if (is_group && option == app.get_help_ptr()) continue;
    words.flags.push_back(WordsOf(*option));
  }
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as commands lie in commands
CommandWords WordsAt(const CLI::App& app, const std::string& path) {
  CommandWords words{
      .path = path, .description = app.get_description(), .footer = app.get_footer()};
  AddFlags(app, words);
  for (const CLI::App* below : app.get_subcommands(nullptr)) {
    if (below->get_name().empty()) {  // a group of options
      AddFlags(*below, words);
      continue;
    }
    words.commands.push_back(
        WordsAt(*below, absl::StrCat(path, path.empty() ? "" : " ", below->get_name())));
  }
  return words;
}

}  // namespace

CommandWords WordsOf(const CLI::App& app) { return WordsAt(app, ""); }

std::vector<const CommandWords*> AllCommands(const CommandWords& program) {
  std::vector<const CommandWords*> all;
  for (const CommandWords& command : program.commands) all.push_back(&command);
  for (size_t i = 0; i < all.size(); ++i) {
    for (const CommandWords& below : all[i]->commands) all.push_back(&below);
  }
  return all;
}

}  // namespace daybook::cli
