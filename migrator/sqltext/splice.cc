#include "migrator/sqltext/splice.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace daybook::sqltext {

void Splice::Replace(Range range, std::string text) {
  changes_.push_back({.range = range, .text = std::move(text)});
}

void Splice::InsertWords(size_t at, absl::string_view words) {
  const absl::string_view behind = at < sql_.size() && IsWordByte(sql_[at]) ? " " : "";
  Replace({.begin = at, .end = at}, absl::StrCat(" ", words, behind));
}

void Splice::Remove(Range range) { RemoveBefore(range, range.end); }

void Splice::RemoveEntry(Range range) {
  const Token& before = SignificantBefore(range.begin);
  const Token& behind = SignificantFrom(range.end);
  const absl::string_view opening = TextOf(before, sql_);
  const absl::string_view closing = TextOf(behind, sql_);
  size_t rest = range.end;
  if (closing == "," && (opening == "," || opening == "(")) {
    Range comma{.begin = behind.begin, .end = behind.end};
    const Token& next = tokens_[IndexFrom(comma.end)];
    if (before.end == range.begin && IsBlank(next)) comma.end = next.end;
    Replace(comma, "");
    if (comma.begin == rest) rest = comma.end;
  } else if (closing == ")" && opening == ",") {
    Replace({.begin = before.begin, .end = before.end},
            WordsMeet(before.begin, before.end) ? " " : "");
  }
  RemoveBefore(range, rest);
}

void Splice::AppendEntry(size_t close, size_t model, absl::string_view entry) {
  const size_t comma = SignificantBefore(close).end;
  Replace({.begin = comma, .end = comma}, ",");
  size_t last = IndexFrom(close) - 1;
  while (IsBlank(tokens_[last])) --last;
  PutEntry(last, model, entry);
}

void Splice::InsertEntry(size_t at, size_t model, absl::string_view entry) {
  size_t last = IndexFrom(at) - 1;
  // Comments that end the line of the comma stay on it.
  size_t comment = last;
  for (size_t i = last + 1; !IsSignificant(tokens_[i]); ++i) {
    if (tokens_[i].kind == TokenKind::kComment) comment = i;
    if (HasLineEnd(tokens_[i])) {
      last = comment;
      break;
    }
  }
  PutEntry(last, model, absl::StrCat(entry, ","));
}

const Token& Splice::SignificantFrom(size_t at) const {
  size_t i = IndexFrom(at);
  while (!IsSignificant(tokens_[i])) ++i;
  return tokens_[i];
}

const Token& Splice::SignificantBefore(size_t at) const {
  size_t i = IndexFrom(at) - 1;
  while (!IsSignificant(tokens_[i])) --i;
  return tokens_[i];
}

std::string Splice::Result() const {
  std::vector<Change> changes = changes_;
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return std::pair(a.range.begin, a.range.end) < std::pair(b.range.begin, b.range.end);
  });
  std::string result;
  size_t at = 0;
  for (const Change& change : changes) {
    absl::StrAppend(&result, sql_.substr(at, change.range.begin - at), change.text);
    at = change.range.end;
  }
  absl::StrAppend(&result, sql_.substr(at));
  return result;
}

size_t Splice::IndexFrom(size_t at) const {
  const auto token = std::lower_bound(
      tokens_.begin(), tokens_.end(), at,
      [](const Token& candidate, size_t offset) { return candidate.begin < offset; });
  return static_cast<size_t>(token - tokens_.begin());
}

bool Splice::WordsMeet(size_t end, size_t begin) const {
  return end > 0 && begin < sql_.size() && IsWordByte(sql_[end - 1]) && IsWordByte(sql_[begin]);
}

bool Splice::IsBlank(const Token& token) const {
  return token.kind == TokenKind::kSpace && !IsWordByte(sql_[token.begin]);
}

bool Splice::HasLineEnd(const Token& token) const {
  return IsBlank(token) && absl::StrContains(TextOf(token, sql_), '\n');
}

bool Splice::IsLineComment(const Token& token) const {
  return token.kind == TokenKind::kComment && sql_[token.begin] == '-';
}

void Splice::RemoveBefore(Range range, size_t rest) {
  const size_t first = IndexFrom(range.begin);
  if (first > 0 && IsBlank(tokens_[first - 1]) && !MustStay(first - 1, rest)) {
    range.begin = tokens_[first - 1].begin;
  }
  Replace(range, "");
}

bool Splice::MustStay(size_t i, size_t rest) const {
  const bool ends_comment = i > 0 && IsLineComment(tokens_[i - 1]);
  if (ends_comment) return rest >= sql_.size() || sql_[rest] != '\n';
  return WordsMeet(tokens_[i].begin, rest);
}

void Splice::PutEntry(size_t i, size_t model, absl::string_view entry) {
  absl::string_view gap = Gap(model);
  if (IsLineComment(tokens_[i])) {
    const size_t line_end = gap.find('\n');
    gap = line_end == absl::string_view::npos ? "\n" : gap.substr(line_end);
  }
  const size_t at = tokens_[i].end;
  Replace({.begin = at, .end = at}, absl::StrCat(gap, entry));
}

absl::string_view Splice::Gap(size_t model) const {
  for (size_t i = IndexFrom(model); i > 0 && !IsSignificant(tokens_[i - 1]); --i) {
    if (!HasLineEnd(tokens_[i - 1])) continue;
    const absl::string_view space = TextOf(tokens_[i - 1], sql_);
    const size_t line_end = space.rfind('\n');
    return space.substr(line_end > 0 && space[line_end - 1] == '\r' ? line_end - 1 : line_end);
  }
  return " ";
}

}  // namespace daybook::sqltext
