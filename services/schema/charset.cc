#include "schema/charset.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace daybook::schema {
namespace {

bool MayStandInCharset(char c) {
  return absl::ascii_isprint(static_cast<unsigned char>(c)) && c != '[' && c != ']' && c != '^' &&
         c != '\\' && c != '\'';
}

}  // namespace

absl::StatusOr<Charset> Charset::Parse(absl::string_view expression) {
  Charset charset;
  for (size_t i = 0; i < expression.size(); ++i) {
    const bool is_range = i + 2 < expression.size() && expression[i + 1] == '-';
    const char first = expression[i];
    const char last = is_range ? expression[i + 2] : first;
    if (!MayStandInCharset(first) || !MayStandInCharset(last) || last < first) {
      return absl::InvalidArgumentError(absl::StrCat("not a character set: ", expression));
    }
    for (char c = first; c <= last; ++c) charset.is_member_[static_cast<unsigned char>(c)] = true;
    if (is_range) i += 2;
  }
  return charset;
}

bool Charset::ContainsAll(absl::string_view text) const {
  return std::all_of(text.begin(), text.end(), [this](char c) { return Contains(c); });
}

}  // namespace daybook::schema
