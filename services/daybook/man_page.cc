#include "daybook/man_page.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace daybook::cli {
namespace {

constexpr char kExample[] = "Example: ";

// Text of which nothing is a request of groff.
std::string Roff(absl::string_view text) {
  std::string escaped = absl::StrReplaceAll(
      text, {{"\\", "\\e"}, {"-", "\\-"}, {"\n.", "\n\\&."}, {"\n'", "\n\\&'"}});
  if (absl::StartsWith(escaped, ".") || absl::StartsWith(escaped, "'")) {
    escaped = absl::StrCat("\\&", escaped);
  }
  return escaped;
}

std::string FlagEntry(const FlagWords& flag) {
  const std::string names =
      absl::StrJoin(flag.names, ", ", [](std::string* out, const std::string& name) {
        absl::StrAppend(out, "\\fB", Roff(name), "\\fR");
      });
  std::string text = absl::StrCat(".TP\n", names);
  if (!flag.value.empty()) absl::StrAppend(&text, " \\fI", Roff(flag.value), "\\fR");
  absl::StrAppend(&text, "\n", Roff(flag.description), "\n");
  if (!flag.choices.empty()) {
    absl::StrAppend(&text, ".br\nOne of: ", Roff(absl::StrJoin(flag.choices, ", ")), "\n");
  }
  if (!flag.usual.empty()) absl::StrAppend(&text, ".br\nDefault: ", Roff(flag.usual), "\n");
  if (!flag.environment.empty()) {
    absl::StrAppend(&text, ".br\nEnvironment: \\fB", Roff(flag.environment), "\\fR\n");
  }
  return text;
}

std::string Flags(const CommandWords& command) {
  return absl::StrJoin(command.flags, "", [](std::string* out, const FlagWords& flag) {
    absl::StrAppend(out, FlagEntry(flag));
  });
}

// Prose as it is, and behind it the examples, line by line.
std::string Footer(const std::string& footer) {
  const size_t at = std::min(footer.find(kExample), footer.size());
  std::string text;
  if (at > 0) {
    absl::StrAppend(&text, ".PP\n", Roff(absl::StripAsciiWhitespace(footer.substr(0, at))), "\n");
  }
  if (at == footer.size()) return text;
  const std::string examples = absl::StrReplaceAll(footer.substr(at), {{kExample, "$ "}});
  return absl::StrCat(text, ".PP\n.nf\n.RS\n", Roff(examples), "\n.RE\n.fi\n");
}

std::string Section(const CommandWords& command) {
  return absl::StrCat(".SS \"daybook ", Roff(command.path), "\"\n", Roff(command.description),
                      ".\n", Flags(command), Footer(command.footer));
}

}  // namespace

std::string ManPage(const CommandWords& program, const std::string& version) {
  std::string commands;
  for (const CommandWords* command : AllCommands(program)) {
    absl::StrAppend(&commands, Section(*command));
  }
  return absl::StrCat(
      ".TH DAYBOOK 1 \"\" \"daybook ", version, "\" \"Daybook\"\n.SH NAME\n",
      Roff("daybook - records audit events and shows them"), "\n.SH SYNOPSIS\n",
      "\\fBdaybook\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]\n",
      ".SH OPTIONS\nThese may also stand behind the command.\n", Flags(program),
      Footer(program.footer), ".SH COMMANDS\n", commands);
}

}  // namespace daybook::cli
