#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "migrator/sqltext/range.h"
#include "migrator/sqltext/token.h"

namespace daybook::sqltext {

// Changes to a text of SQL, which must outlive it. Every place is one in the text
// as it was, and no two changes may overlap. An entry is what stands between two
// commas of a list in parentheses.
//
// Thread-compatible.
class Splice {
 public:
  explicit Splice(absl::string_view sql) : sql_(sql), tokens_(Tokenize(sql)) {}

  void Replace(Range range, std::string text);

  // Puts `words` behind the token that ends at `at`, with the spaces they need.
  void InsertWords(size_t at, absl::string_view words);

  // Takes `range` away, and the space before it unless that ends a comment or
  // keeps two words apart.
  void Remove(Range range);

  // Takes the entry `range` away, or a part of one; with the last part goes the
  // comma.
  void RemoveEntry(Range range);

  // Puts an entry behind all others of the list that is closed at `close`. It
  // begins a line as the entry that begins at `model` does.
  void AppendEntry(size_t close, size_t model, absl::string_view entry);

  // The same behind the comma that ends at `at`, in front of other entries.
  void InsertEntry(size_t at, size_t model, absl::string_view entry);

  // The first token at or behind `at`, or the last one before it, that is neither
  // space nor comment; there must be one.
  const Token& SignificantFrom(size_t at) const;
  const Token& SignificantBefore(size_t at) const;

  // The text with all changes.
  std::string Result() const;

 private:
  struct Change {
    Range range;
    std::string text;
  };

  // The place in tokens_ of the first token that begins at `at` or later.
  size_t IndexFrom(size_t at) const;
  // True where a word would go on if what lies between the two were not there.
  bool WordsMeet(size_t end, size_t begin) const;
  // Space, but not a byte order mark, which SQLite takes for space too.
  bool IsBlank(const Token& token) const;
  bool HasLineEnd(const Token& token) const;
  bool IsLineComment(const Token& token) const;

  // Remove, where the text goes on at `rest` afterwards.
  void RemoveBefore(Range range, size_t rest);
  // True where the blank tokens_[i] cannot go if `rest` is to follow it.
  bool MustStay(size_t i, size_t rest) const;
  // Puts an entry behind tokens_[i].
  void PutEntry(size_t i, size_t model, absl::string_view entry);
  // The space before the entry that begins at `model`, from its last line on.
  absl::string_view Gap(size_t model) const;

  absl::string_view sql_;
  std::vector<Token> tokens_;
  std::vector<Change> changes_;
};

}  // namespace daybook::sqltext
