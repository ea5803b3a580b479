#include "daybook/documentation_commands.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "daybook/command_tree.h"
#include "daybook/completion.h"
#include "daybook/man_page.h"

namespace daybook::cli {

CompletionCommand::CompletionCommand(CLI::App& app)
    : program_(app),
      app_(app.add_subcommand("completion", "Print a script that completes the command line")) {
  app_->add_option("shell", shell_, "The shell")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->required();
  app_->footer(
      "Example: . <(daybook completion bash)\n"
      "Example: daybook completion zsh > ~/.zfunc/_daybook\n"
      "Example: daybook completion fish > ~/.config/fish/completions/daybook.fish");
}

ExitCode CompletionCommand::Run() const {
  const CommandWords words = WordsOf(program_);
  std::cout << (shell_ == "bash"  ? BashCompletion(words)
                : shell_ == "zsh" ? ZshCompletion(words)
                                  : FishCompletion(words));
  return ExitCode::kDone;
}

ManCommand::ManCommand(CLI::App& app)
    : program_(app), app_(app.add_subcommand("man", "Print the manual page, for groff")) {
  app_->footer(
      "Example: daybook man | man -l -\n"
      "Example: daybook man > /usr/local/share/man/man1/daybook.1");
}

ExitCode ManCommand::Run() const {
  std::cout << ManPage(WordsOf(program_), DAYBOOK_VERSION);
  return ExitCode::kDone;
}

}  // namespace daybook::cli
