#include "db/sqlite/glob.h"

#include <sqlite3.h>

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace daybook::db::sqlite {
namespace {

unsigned char Byte(char c) { return static_cast<unsigned char>(c); }

// One of the two patterns, compiled; or any other, which SQLite judges.
class Pattern {
 public:
  explicit Pattern(absl::string_view text) : text_(text) {
    if (absl::StartsWith(text, "*[^") && absl::EndsWith(text, "]*")) {
      allowed_ = SetOf(text.substr(3, text.size() - 5));
      is_every_ = true;
    } else if (absl::StartsWith(text, "[") && absl::EndsWith(text, "]*")) {
      allowed_ = SetOf(text.substr(1, text.size() - 3));
    }
  }

  absl::string_view text() const { return text_; }

  bool Matches(const char* value) const {
    if (!allowed_) return sqlite3_strglob(text_.c_str(), value) == 0;
    if (!is_every_) return allowed_->test(Byte(*value));
    for (; *value != '\0'; ++value) {
      if (!allowed_->test(Byte(*value))) return true;
    }
    return false;
  }

 private:
  using Set = std::bitset<256>;

  // The members of a set of ASCII characters and ranges; nothing where there is
  // more to it.
  static std::optional<Set> SetOf(absl::string_view members) {
    if (members.empty() || absl::StrContains(members, "]")) return {};
    Set set;
    for (size_t i = 0; i < members.size(); ++i) {
      const unsigned char first = Byte(members[i]);
      const bool is_range = i + 2 < members.size() && members[i + 1] == '-';
      const unsigned char last = is_range ? Byte(members[i + 2]) : first;
      if (first >= 0x80 || last >= 0x80 || first == '^') return {};
      set.set(first);  // a member even where the range is empty
      for (int c = first; c <= last; ++c) set.set(static_cast<size_t>(c));
      if (is_range) i += 2;
    }
    return set;
  }

  std::string text_;
  std::optional<Set> allowed_;
  bool is_every_ = false;
};

// Those met so far on one connection; a schema has few.
class Patterns {
 public:
  const Pattern& Compiled(absl::string_view text) {
    const auto found = std::find_if(
        met_.begin(), met_.end(), [text](const auto& pattern) { return pattern->text() == text; });
    if (found != met_.end()) return **found;
    if (met_.size() >= kMost) met_.clear();
    return *met_.emplace_back(std::make_unique<Pattern>(text));
  }

 private:
  static constexpr size_t kMost = 64;
  std::vector<std::unique_ptr<Pattern>> met_;
};

const char* TextOf(sqlite3_value* value) {
  return reinterpret_cast<const char*>(sqlite3_value_text(value));
}

void Glob(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
  const char* const pattern = TextOf(arguments[0]);
  const char* const value = TextOf(arguments[1]);
  if (pattern == nullptr || value == nullptr) return;  // NULL
  auto& patterns = *static_cast<Patterns*>(sqlite3_user_data(context));
  sqlite3_result_int(context, patterns.Compiled(pattern).Matches(value) ? 1 : 0);
}

void Free(void* patterns) { delete static_cast<Patterns*>(patterns); }

}  // namespace

int UseFastGlob(sqlite3* connection) {
  return sqlite3_create_function_v2(connection, "glob", 2,
                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                    new Patterns(), Glob, nullptr, nullptr, Free);
}

}  // namespace daybook::db::sqlite
