#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "golden/golden_file.h"
#include "query/filter.h"

namespace daybook::golden {
namespace {

struct MistakeSection {
  absl::string_view title;
  std::vector<absl::string_view> filters;
};

// What people write by habit, by mistake, or when they are tired.
// NOLINTNEXTLINE(readability-function-size): a list
const std::vector<MistakeSection>& MistakenFilters() {
  static const auto* const sections = new std::vector<MistakeSection>{
      {"habits from other languages",
       {"action == login",
        "action === login",
        "action = login && user_id = 7",
        "action = login || action = logout",
        "!action = login",
        "action <> login",
        "user_id => 7",
        "user_id =< 7",
        "action =! login",
        "action !== login",
        "action =~ \"log.*\"",
        "action ~ log",
        "action in (login, logout)",
        "action LIKE 'log%'",
        "action contains login",
        "user_id BETWEEN 1 AND 9",
        "actor IS NULL",
        "user_id = null",
        "ip_address = NULL",
        "action = login; user_id = 7",
        "action = login, user_id = 7",
        "created_at > now()",
        "7 = user_id",
        "*"}},
      {"words",
       {"login_failed", "action", "action login", "action = login and user_id = 7",
        "action = login Or user_id = 7", "not action = login", "AND", "action = login AND",
        "action = login OR OR user_id = 7", "NOT NOT action = login", "action =", "= login"}},
      {"quotes",
       {"action = “login”", "action = ‘login’", "“action” = login", "action = `login`",
        "\"action\" = login", "'login'", "actor = Kim Cheolsu AND user_id = 7", "actor = two words",
        "actor = O'Brien", "user_agent = Mozilla/5.0 (X11)", "user_agent = curl(8)",
        "actor = \"two words", "actor = 'two words", "actor = \"a\\", "actor = \"a \"b\" c\"",
        "correlation_id = a=b", "actor = (x)"}},
      {"fields",
       {"acton = login",
        "userid = 7",
        "ipAddress = 10.0.0.1",
        "event_tme < ago(\"1h\")",
        "user = 7",
        "id = 7",
        "time > ago(\"1h\")",
        "status = FAILURE",
        "amount > 100",
        "resource = domain",
        "colour = red",
        "leaf_hash = x",
        "Action = login",
        "actor.name = kim",
        "details = 5",
        "details. = 5",
        "details.\"a*\" = 5",
        "금액 = 5",
        "\uFEFFaction = login",
        "action\u00A0= login"}},
      {"values",
       {"user_id = \"7\"", "user_id = seven", "user_id = 9223372036854775808", "user_id = 1,000",
        "user_id = 4*", "seq = 1.5", "outcome = success", "outcome = FAILED", "outcome > SUCCESS",
        "source = ME", "ip_address = localhost", "ip_address = 10.0.0.0/8", "ip_address < 10.0.0.1",
        "details.is_new > true", "action = log*in", "action = \"a*b\"", "action > log*",
        "action : log*"}},
      {"times",
       {"created_at > yesterday", "created_at > 2026-01-31", "created_at > 2026-01-31 09:30:00",
        "created_at > 1h", "created_at > ago(1h)", "created_at > ago(\"1h\"",
        "created_at > ago(\"1 hour\")", "created_at > ago(\"1y\")", "created_at > ago(\"\")",
        "created_at > ago 1h", "actor = ago(\"1h\")", "created_at = 2026*"}},
      {"parentheses",
       {"(action = login", "action = login)", "()", "action = login AND (",
        "((((((((((((((((( action = login )))))))))))))))))"}},
      {"columns count characters",
       {"actor = 한글 AND user_id = x", "actor = \"홍길동\" colour = red",
        "actor = \"😀\" AND acton = x", "actor = \"👩‍👧\" AND acton = x", "\tacton = x",
        "action = login\nAND acton = x", "actor = \"é\" && user_id = 7", "actor = \"한\xff\""}},
  };
  return *sections;
}

// ▸ stands before the character that the column names.
std::string Marked(absl::string_view filter, absl::string_view message) {
  absl::ConsumePrefix(&message, "filter: column ");
  int column = 0;
  while (!message.empty() && absl::ascii_isdigit(static_cast<unsigned char>(message.front()))) {
    column = column * 10 + (message.front() - '0');
    message.remove_prefix(1);
  }
  std::string marked;
  for (const char c : filter) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (begins_character && --column == 0) marked += "▸";
    if (c == '\n') {
      marked += "\\n";
    } else if (c == '\t') {
      marked += "\\t";
    } else if (c == '\xff') {
      marked += "\\xff";
    } else {
      marked.push_back(c);
    }
  }
  if (column == 1) marked += "▸";
  return marked;
}

std::string Messages() {
  std::string text =
      "Filters that cannot be read, and what is said of each. ▸ stands before the column.\n";
  for (const MistakeSection& section : MistakenFilters()) {
    absl::StrAppend(&text, "\n== ", section.title, "\n");
    for (const absl::string_view filter : section.filters) {
      const absl::Status error = query::Filter::Parse(filter, absl::UnixEpoch()).status();
      EXPECT_FALSE(error.ok()) << filter;
      absl::StrAppend(&text, "\n", Marked(filter, error.message()), "\n    ", error.message(),
                      "\n");
    }
  }
  return text;
}

// People read these, and may look for them: a change of one is a decision.
TEST(FilterErrorsGolden, EachMistakeIsToldAsWritten) {
  ExpectWritten(Messages(), "filter_errors.txt",
                "if the new message says more:\n"
                "  DAYBOOK_UPDATE_GOLDEN=1 ctest --preset dev -R FilterErrorsGolden");
}

}  // namespace
}  // namespace daybook::golden
