#include "migrator/sqltext/statements.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqltext/token.h"

namespace daybook::sqltext {
namespace {

absl::Status ErrorAt(absl::string_view sql, size_t offset, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("line ", LineOf(sql, offset), ": ", problem));
}

// An error where `token` is the beginning of something that never ends.
absl::Status CheckEnds(absl::string_view sql, const Token& token) {
  const absl::string_view text = TextOf(token, sql);
  if (token.kind == TokenKind::kComment) {
    const bool ends = text[0] == '-' || (text.size() >= 4 && absl::EndsWith(text, "*/"));
    return ends ? absl::OkStatus() : ErrorAt(sql, token.begin, "this comment has no */");
  }
  if (token.kind != TokenKind::kInvalid) return absl::OkStatus();
  switch (text[0]) {
    case '\'':
      return ErrorAt(sql, token.begin, "this string has no ' at its end");
    case '"':
    case '`':
      return ErrorAt(sql, token.begin, "this quoted name does not end");
    case '[':
      return ErrorAt(sql, token.begin, "this quoted name has no ]");
    case '\0':
      return ErrorAt(sql, token.begin, "a NUL byte: SQLite would not read what follows it");
    case 'x':
    case 'X':
      if (text.size() == 2 || text.back() != '\'') {
        return ErrorAt(sql, token.begin, "this blob has no ' at its end");
      }
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

// Where in a statement a token is met.
enum class Place {
  kStart,
  kExplain,  // behind EXPLAIN …
  kCreate,   // behind CREATE [TEMP]
  kInside,
  kTrigger,           // from here on: behind CREATE TRIGGER
  kTriggerSemicolon,  // behind a semicolon of the trigger
  kTriggerEnd,        // behind an END that follows such a semicolon
};

bool Is(absl::string_view token, absl::string_view word) {
  return absl::EqualsIgnoreCase(token, word);
}

Place BehindInTrigger(Place place, absl::string_view token) {
  if (token == ";") {
    return place == Place::kTriggerEnd ? Place::kStart : Place::kTriggerSemicolon;
  }
  const bool is_end = place == Place::kTriggerSemicolon && Is(token, "END");
  return is_end ? Place::kTriggerEnd : Place::kTrigger;
}

// The place behind `token`, which is met at `place`. A statement's last semicolon
// leads back to kStart.
Place Behind(Place place, absl::string_view token) {
  const bool may_begin = place == Place::kStart || place == Place::kExplain;
  if (place >= Place::kTrigger) return BehindInTrigger(place, token);
  if (token == ";") return Place::kStart;
  if (may_begin && Is(token, "CREATE")) return Place::kCreate;
  if (place == Place::kStart && Is(token, "EXPLAIN")) return Place::kExplain;
  if (place == Place::kExplain) return Place::kExplain;
  if (place == Place::kCreate && Is(token, "TRIGGER")) return Place::kTrigger;
  const bool is_temporary = Is(token, "TEMP") || Is(token, "TEMPORARY");
  return place == Place::kCreate && is_temporary ? Place::kCreate : Place::kInside;
}

// Where the statement stands that is being read.
struct Extent {
  std::optional<size_t> begin;  // with its comments
  std::optional<size_t> head;   // of its first word
  size_t end = 0;               // of its last token that is no comment
};

}  // namespace

absl::StatusOr<std::vector<absl::string_view>> SplitStatements(absl::string_view sql) {
  std::vector<absl::string_view> statements;
  Extent extent;
  Place place = Place::kStart;
  const auto finish = [&] {
    if (extent.head) statements.push_back(sql.substr(*extent.begin, extent.end - *extent.begin));
    extent = {};
  };
  for (const Token& token : Tokenize(sql)) {
    DAYBOOK_RETURN_IF_ERROR(CheckEnds(sql, token));
    if (token.kind == TokenKind::kSpace) continue;
    if (!extent.begin) extent.begin = token.begin;
    if (token.kind == TokenKind::kComment) continue;
    place = Behind(place, TextOf(token, sql));
    if (place == Place::kStart) {
      finish();
      continue;
    }
    if (!extent.head) extent.head = token.begin;
    extent.end = token.end;
  }
  if (place == Place::kTrigger || place == Place::kTriggerSemicolon) {
    return ErrorAt(sql, *extent.head, "this trigger has no END; a semicolon stands before it");
  }
  finish();
  return statements;
}

size_t LineOf(absl::string_view sql, size_t offset) {
  const absl::string_view before = sql.substr(0, offset);
  return 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace daybook::sqltext
