#include "daybook/completion.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace daybook::cli {
namespace {

// As one word of bash and zsh.
std::string ShellWord(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// Likewise of fish, where a backslash in quotes is one of two.
std::string FishWord(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
}

bool IsPath(const FlagWords& flag) { return flag.value == "FILE" || flag.value == "DIR"; }

std::string LastWord(const std::string& path) {
  const size_t space = path.rfind(' ');
  return space == std::string::npos ? path : path.substr(space + 1);
}

std::string Parent(const std::string& path) {
  const size_t space = path.rfind(' ');
  return space == std::string::npos ? "" : path.substr(0, space);
}

// The command that the words before the cursor name, in a variable `command`; its flag
// in `flag`, where the word at the cursor is a value.
std::string FindCommand(const CommandWords& program, const std::string& words) {
  std::string cases;
  for (const CommandWords* command : AllCommands(program)) {
    const std::string key = absl::StrCat(Parent(command->path), "/", LastWord(command->path));
    absl::StrAppend(&cases, "      ", ShellWord(key), ") command=", ShellWord(command->path),
                    " ;;\n");
  }
  return absl::StrCat("  for word in ", words, "; do\n    case \"$command/$word\" in\n", cases,
                      "    esac\n  done\n");
}

std::vector<std::string> FlagNames(const CommandWords& command) {
  std::vector<std::string> names;
  for (const FlagWords& flag : command.flags) {
    if (!flag.is_argument) names.insert(names.end(), flag.names.begin(), flag.names.end());
  }
  return names;
}

// The patterns of a case that a flag, or an argument without name, is completed in:
// `command/--flag` of its command, of any where it is the program's.
std::string Patterns(const CommandWords& command, const FlagWords& flag) {
  return absl::StrJoin(flag.names, "|", [&](std::string* out, const std::string& name) {
    absl::StrAppend(out, command.path.empty() ? "*" : ShellWord(command.path), "/",
                    ShellWord(name));
  });
}

// A case for each flag that takes a value.
template <typename Complete>
std::string ValueCases(const CommandWords& program, Complete complete) {
  std::vector<const CommandWords*> all = AllCommands(program);
  all.push_back(&program);
  std::string cases;
  for (const CommandWords* command : all) {
    for (const FlagWords& flag : command->flags) {
      if (flag.is_argument || flag.value.empty()) continue;
      absl::StrAppend(&cases, "    ", Patterns(*command, flag), ") ", complete(flag),
                      " return ;;\n");
    }
  }
  return absl::StrCat("  case \"$command/$flag\" in\n", cases, "  esac\n");
}

// A case for each command: what may come next.
template <typename Complete>
std::string WordCases(const CommandWords& program, Complete complete) {
  std::vector<const CommandWords*> all = AllCommands(program);
  all.push_back(&program);
  std::string cases;
  for (const CommandWords* command : all) {
    absl::StrAppend(&cases, "    ", ShellWord(command->path), ")\n", complete(*command),
                    "      ;;\n");
  }
  return absl::StrCat("  case \"$command\" in\n", cases, "  esac\n");
}

std::vector<std::string> ArgumentChoices(const CommandWords& command) {
  std::vector<std::string> choices;
  for (const FlagWords& flag : command.flags) {
    if (flag.is_argument) choices.insert(choices.end(), flag.choices.begin(), flag.choices.end());
  }
  return choices;
}

std::string BashValue(const FlagWords& flag) {
  if (IsPath(flag)) return "_daybook_files;";
  if (flag.choices.empty()) return "";
  return absl::StrCat("_daybook_words ",
                      absl::StrJoin(flag.choices, " ",
                                    [](std::string* out, const auto& choice) {
                                      absl::StrAppend(out, ShellWord(choice));
                                    }),
                      ";");
}

std::string Described(const std::string& name, const std::string& description) {
  return ShellWord(absl::StrCat(absl::StrReplaceAll(name, {{":", "\\:"}}), ":", description));
}

std::string ZshValue(const FlagWords& flag) {
  if (IsPath(flag)) return "_files;";
  if (flag.choices.empty()) return absl::StrCat("_message ", ShellWord(flag.description), ";");
  std::string call = "compadd --";
  for (const std::string& choice : flag.choices) absl::StrAppend(&call, " ", ShellWord(choice));
  return call + ";";
}

std::string FishFlag(const std::string& condition, const FlagWords& flag) {
  std::string line = absl::StrCat("complete -c daybook", condition);
  for (const std::string& name : flag.names) {
    const bool is_long = absl::StartsWith(name, "--");
    absl::StrAppend(&line, is_long ? " -l " : " -s ", name.substr(is_long ? 2 : 1));
  }
  if (IsPath(flag)) {
    line += " -r -F";
  } else if (!flag.value.empty()) {
    line += " -x";
  }
  if (!flag.choices.empty()) {
    const std::string choices = absl::StrJoin(
        flag.choices, " ",
        [](std::string* out, const auto& choice) { absl::StrAppend(out, FishWord(choice)); });
    absl::StrAppend(&line, " -a ", FishWord(choices));
  }
  return absl::StrCat(line, " -d ", FishWord(flag.description), "\n");
}

// Where a command is the one that is typed: its words are there, and none of those below.
std::string FishCondition(const CommandWords& command) {
  if (command.path.empty()) return "";
  std::string condition =
      absl::StrJoin(std::vector<std::string>(absl::StrSplit(command.path, ' ')), "; and ",
                    [](std::string* out, const std::string& word) {
                      absl::StrAppend(out, "__fish_seen_subcommand_from ", word);
                    });
  for (const CommandWords& below : command.commands) {
    absl::StrAppend(&condition, "; and not __fish_seen_subcommand_from ", LastWord(below.path));
  }
  return absl::StrCat(" -n ", FishWord(condition));
}

}  // namespace

std::string BashCompletion(const CommandWords& program) {
  const auto next = [](const CommandWords& command) {
    std::vector<std::string> words = FlagNames(command);
    for (const CommandWords& below : command.commands) words.push_back(LastWord(below.path));
    const std::vector<std::string> choices = ArgumentChoices(command);
    words.insert(words.end(), choices.begin(), choices.end());
    return absl::StrCat("      words+=(", absl::StrJoin(words, " "), ")\n");
  };
  return absl::StrCat(
      "# Completes daybook in bash; made by `daybook completion bash`.\n"
      "_daybook_words() {\n"
      "  local word\n"
      "  for word in \"$@\"; do\n"
      "    [[ $word == \"$cur\"* ]] && COMPREPLY+=(\"$(printf %q \"$word\")\")\n"
      "  done\n"
      "}\n"
      "_daybook_files() {\n"
      "  compopt -o filenames 2>/dev/null\n"
      "  mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
      "}\n"
      "_daybook() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD-1]} command= word\n"
      "  local -a words=()\n"
      "  COMPREPLY=()\n"
      "  if [[ $cur == = ]]; then\n"
      "    cur=\n"
      "  elif [[ $flag == = ]]; then\n"
      "    flag=${COMP_WORDS[COMP_CWORD-2]}\n"
      "  fi\n",
      FindCommand(program, "\"${COMP_WORDS[@]:1:COMP_CWORD-1}\""), ValueCases(program, BashValue),
      WordCases(program, next), "  words+=(", absl::StrJoin(FlagNames(program), " "), ")\n",
      "  _daybook_words \"${words[@]}\"\n"
      "}\n"
      "complete -F _daybook daybook\n");
}

std::string ZshCompletion(const CommandWords& program) {
  const auto flags = [](const CommandWords& command) {
    std::string described;
    for (const FlagWords& flag : command.flags) {
      if (flag.is_argument) continue;
      for (const std::string& name : flag.names) {
        absl::StrAppend(&described, " ", Described(name, flag.description));
      }
    }
    return described;
  };
  const auto next = [&](const CommandWords& command) {
    std::string text = absl::StrCat("      flags+=(", flags(command), ")\n");
    for (const CommandWords& below : command.commands) {
      absl::StrAppend(&text, "      commands+=(",
                      Described(LastWord(below.path), below.description), ")\n");
    }
    for (const std::string& choice : ArgumentChoices(command)) {
      absl::StrAppend(&text, "      commands+=(", ShellWord(choice), ")\n");
    }
    return text;
  };
  return absl::StrCat(
      "#compdef daybook\n"
      "# Completes daybook in zsh; made by `daybook completion zsh`.\n"
      "_daybook() {\n"
      "  local command= word flag=${words[CURRENT-1]}\n"
      "  local -a flags commands\n"
      "  if compset -P '--*='; then flag=${IPREFIX%=}; fi\n",
      FindCommand(program, "${words[2,CURRENT-1]}"), ValueCases(program, ZshValue),
      WordCases(program, next), "  [[ -n $command ]] && flags+=(", flags(program), ")\n",
      "  _describe command commands\n"
      "  _describe -o option flags\n"
      "}\n"
      "if [[ ${funcstack[1]} == _daybook ]]; then _daybook \"$@\"; else compdef _daybook daybook; "
      "fi\n");
}

std::string FishCompletion(const CommandWords& program) {
  std::vector<const CommandWords*> all = AllCommands(program);
  all.push_back(&program);
  std::string script =
      "# Completes daybook in fish; made by `daybook completion fish`.\n"
      "complete -c daybook -f\n";
  for (const CommandWords* command : all) {
    const std::string condition = FishCondition(*command);
    for (const FlagWords& flag : command->flags) {
      if (!flag.is_argument) absl::StrAppend(&script, FishFlag(condition, flag));
    }
    for (const std::string& choice : ArgumentChoices(*command)) {
      absl::StrAppend(&script, "complete -c daybook", condition, " -a ", FishWord(choice), "\n");
    }
    const std::string before = command->path.empty() ? " -n __fish_use_subcommand" : condition;
    for (const CommandWords& below : command->commands) {
      absl::StrAppend(&script, "complete -c daybook", before, " -a ",
                      FishWord(LastWord(below.path)), " -d ", FishWord(below.description), "\n");
    }
  }
  return script;
}

}  // namespace daybook::cli
