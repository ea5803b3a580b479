#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "migrator/migration/place.h"
#include "migrator/sqltext/token.h"

namespace daybook::migration {

// What a text of SQL is used as.
enum class SqlUse {
  kCheck,       // the condition of a constraint
  kIndex,       // the condition or an expression of an index
  kValue,       // the value or the condition of a backfill
  kLiteral,     // a default, or a value of a probe
  kStatements,  // what a step runs
  kQuery,       // an invariant, a golden query or an assertion
  kType,        // a type or a collation
};

// Which engines run a text.
struct Engines {
  bool sqlite = true;
  bool postgres = true;
};

// A text of SQL in a migration, cut into tokens.
//
// Immutable.
class SqlPiece {
 public:
  // `text` lives as long as the file that `place` is in, and so does the piece.
  SqlPiece(const Place& place, SqlUse use, absl::string_view text, Engines engines = {});

  const Place& place() const { return *place_; }
  SqlUse use() const { return use_; }
  absl::string_view text() const { return text_; }
  bool on_sqlite() const { return engines_.sqlite; }
  bool on_postgres() const { return engines_.postgres; }

  // How many tokens it has, spaces and comments not counted. A string between
  // dollar signs, as PostgreSQL writes bodies of functions, is one.
  size_t size() const { return tokens_.size(); }
  sqltext::TokenKind KindAt(size_t i) const;
  absl::string_view TextAt(size_t i) const;  // "" behind the last

  // Whether the tokens from `i` on are these keywords, in any case, or operators.
  template <typename... Texts>
  bool At(size_t i, Texts... texts) const {
    return (IsAt(i++, texts) && ...);
  }

  // Whether the token at `i` is one of these.
  bool AtAny(size_t i, std::span<const absl::string_view> texts) const;

  // The index behind the `)` that closes the `(` at `open`; size() where none
  // does.
  size_t BehindParenthesis(size_t open) const;

  // `problem` of the token at `i`, behind its line where there are several.
  std::string Locate(size_t i, absl::string_view problem) const;

  // Whether there is a comment that the end of a line ends.
  bool has_line_comment() const { return has_line_comment_; }

 private:
  bool IsAt(size_t i, absl::string_view text) const;

  const Place* place_;
  SqlUse use_;
  absl::string_view text_;
  Engines engines_;
  std::vector<sqltext::Token> tokens_;
  bool has_line_comment_ = false;
};

// Where a statement's tokens begin and end.
struct Statement {
  size_t begin = 0;
  size_t end = 0;
};

// The statements in `piece`. What stands between BEGIN and END in a CREATE
// statement, as in a trigger, belongs to it.
std::vector<Statement> StatementsOf(const SqlPiece& piece);

// The name at `i`, without schema and quotes, folded as a key.
std::string NameAt(const SqlPiece& piece, size_t i);

// Where the table's name stands in a CREATE TABLE or ALTER TABLE statement; its
// end where it is another.
size_t TableNameAt(const SqlPiece& piece, const Statement& statement);

// Appends the SQL of the message at `place`, but not of those in it, and not
// what each engine has something else instead of.
void AppendSqlAt(const Place& place, std::vector<SqlPiece>& pieces);

}  // namespace daybook::migration
