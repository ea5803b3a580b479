#include "schema/json_object.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <forward_list>

#include "absl/container/inlined_vector.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "schema/utf8.h"

namespace daybook::schema {
namespace {

constexpr uint32_t kNoCodePoint = 0xFFFFFFFF;

// What stands for itself inside a string.
constexpr std::array<bool, 256> kIsPlain = [] {
  std::array<bool, 256> is_plain{};
  for (size_t c = 0x20; c < is_plain.size(); ++c) is_plain[c] = c != '"' && c != '\\';
  return is_plain;
}();

// Walks a JSON text once, keeping a stack of open objects and arrays instead
// of recursing. Each Read… consumes what it reads and says whether it was right;
// where not, problem_ says why and at_ stands at the place.
class Walker {
 public:
  explicit Walker(absl::string_view text) : text_(text) {}

  std::optional<std::string> Walk() {
    if (ReadDocument()) return std::nullopt;
    return absl::StrCat("must be one JSON object: ", problem_, " at byte ", at_);
  }

 private:
  struct Open {
    bool is_object;
    size_t first_name;  // where its names begin in names_
  };
  enum class Expect { kValue, kName, kAfterValue };

  bool ReadDocument() {
    SkipSpace();
    if (Peek() != '{') return Fail("an object begins with '{'");
    Expect expect = Expect::kValue;
    do {
      SkipSpace();
      if (!ReadNext(expect)) return false;
    } while (!open_.empty());
    SkipSpace();
    return at_ == text_.size() || Fail("nothing may follow the object");
  }

  bool ReadNext(Expect& expect) {
    switch (expect) {
      case Expect::kName:
        expect = Expect::kValue;
        return ReadName();
      case Expect::kValue:
        return ReadValue(expect);
      case Expect::kAfterValue:
        return ReadAfterValue(expect);
    }
    return false;
  }

  bool ReadName() {
    if (!ReadString(/*is_name=*/true)) return false;
    SkipSpace();
    return Take(':') || Fail("':' follows a name");
  }

  bool ReadValue(Expect& expect) {
    const char c = Peek();
    if (c == '{' || c == '[') return OpenContainer(c == '{', expect);
    expect = Expect::kAfterValue;
    if (c == '"') return ReadString(/*is_name=*/false);
    if (c == '-' || absl::ascii_isdigit(static_cast<unsigned char>(c))) return ReadNumber();
    return ReadWord("true") || ReadWord("false") || ReadWord("null") || Fail("not a value");
  }

  bool ReadAfterValue(Expect& expect) {
    const bool is_object = open_.back().is_object;
    if (Take(',')) {
      expect = is_object ? Expect::kName : Expect::kValue;
      return true;
    }
    if (Take(is_object ? '}' : ']')) return CloseContainer();
    return Fail(is_object ? "',' or '}' follows a member" : "',' or ']' follows an element");
  }

  bool OpenContainer(bool is_object, Expect& expect) {
    if (open_.size() == kMaxJsonDepth) return Fail("nested too deep");
    ++at_;
    open_.push_back({.is_object = is_object, .first_name = names_.size()});
    SkipSpace();
    if (Take(is_object ? '}' : ']')) {
      expect = Expect::kAfterValue;
      return CloseContainer();
    }
    expect = is_object ? Expect::kName : Expect::kValue;
    return true;
  }

  bool CloseContainer() {
    auto* const first = names_.begin() + static_cast<std::ptrdiff_t>(open_.back().first_name);
    std::sort(first, names_.end());
    if (std::adjacent_find(first, names_.end()) != names_.end()) {
      return Fail("a name occurs twice in the object that ends");
    }
    names_.erase(first, names_.end());
    open_.pop_back();
    return true;
  }

  bool ReadString(bool is_name) {
    if (!Take('"')) return Fail("a name in double quotes is expected");
    const size_t begin = at_;
    std::string unescaped;  // up to the last escape
    size_t plain_from = begin;
    for (SkipPlainCharacters(); Peek() == '\\'; SkipPlainCharacters()) {
      absl::StrAppend(&unescaped, text_.substr(plain_from, at_ - plain_from));
      if (!ReadEscape(unescaped)) return false;
      plain_from = at_;
    }
    if (at_ == text_.size()) return Fail("the string does not end");
    if (Peek() != '"') return Fail("a control character in a string");
    if (is_name) RememberName(text_.substr(plain_from, at_ - plain_from), unescaped);
    ++at_;
    return true;
  }

  void SkipPlainCharacters() {
    while (at_ < text_.size() && kIsPlain[static_cast<unsigned char>(text_[at_])]) ++at_;
  }

  // A name, which is `unescaped` and then the literal `end`.
  void RememberName(absl::string_view end, absl::string_view unescaped) {
    if (!unescaped.empty()) end = unescaped_names_.emplace_front(absl::StrCat(unescaped, end));
    names_.push_back(end);
  }

  bool ReadEscape(std::string& unescaped) {
    ++at_;
    constexpr absl::string_view kEscapes = "\"\\/bfnrt";
    constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char c = Peek();
    if (const size_t which = kEscapes.find(c);
        which != absl::string_view::npos && at_ < text_.size()) {
      unescaped.push_back(kMeanings[which]);
      ++at_;
      return true;
    }
    if (c != 'u') return Fail("not an escape");
    const uint32_t code_point = ReadCodePoint();
    if (code_point == kNoCodePoint) return false;
    AppendUtf8(code_point, unescaped);
    return true;
  }

  // Reads uXXXX, or the two halves of a surrogate pair.
  uint32_t ReadCodePoint() {
    const uint32_t unit = ReadCodeUnit();
    if (unit == kNoCodePoint || unit < 0xD800 || unit > 0xDFFF) return unit;
    if (unit > 0xDBFF || !Take('\\') || Peek() != 'u') return FailCodePoint("a lone surrogate");
    const uint32_t low = ReadCodeUnit();
    if (low == kNoCodePoint) return kNoCodePoint;
    if (low < 0xDC00 || low > 0xDFFF) return FailCodePoint("a lone surrogate");
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }

  uint32_t ReadCodeUnit() {
    ++at_;  // the u
    uint32_t unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const auto c = static_cast<unsigned char>(Peek());
      if (!absl::ascii_isxdigit(c)) return FailCodePoint("four hex digits follow \\u");
      const int digit = absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
      unit = unit * 16 + static_cast<uint32_t>(digit);
    }
    return unit;
  }

  bool ReadNumber() {
    Take('-');
    if (!Take('0') && !ReadDigits()) return Fail("a number needs a digit");
    if (Take('.') && !ReadDigits()) return Fail("a digit follows the decimal point");
    if (Take('e') || Take('E')) {
      if (!Take('+')) Take('-');
      if (!ReadDigits()) return Fail("an exponent needs a digit");
    }
    return true;
  }

  bool ReadDigits() {
    const size_t begin = at_;
    while (absl::ascii_isdigit(static_cast<unsigned char>(Peek()))) ++at_;
    return at_ > begin;
  }

  bool ReadWord(absl::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  void SkipSpace() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' || Peek() == '\r') ++at_;
  }

  // The next character; at the end a NUL, which no JSON text holds.
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char c) {
    if (Peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  bool Fail(const char* problem) {
    problem_ = problem;
    return false;
  }

  uint32_t FailCodePoint(const char* problem) {
    problem_ = problem;
    return kNoCodePoint;
  }

  const absl::string_view text_;
  size_t at_ = 0;
  const char* problem_ = "";
  // Sized so that common texts need no memory.
  absl::InlinedVector<Open, 8> open_;
  absl::InlinedVector<absl::string_view, 24> names_;  // of all open objects, innermost last
  std::forward_list<std::string> unescaped_names_;    // what names_ with escapes point to
};

}  // namespace

std::optional<std::string> BrokenAsJsonObject(absl::string_view text) {
  return Walker(text).Walk();
}

}  // namespace daybook::schema
