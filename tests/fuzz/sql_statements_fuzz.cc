#include <cstdlib>
#include <string>

#include "fuzz_target.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/names_in.h"
#include "migrator/sqltext/schema_name.h"
#include "migrator/sqltext/statements.h"
#include "migrator/sqltext/token.h"

namespace {

using daybook::sqltext::IsSignificant;
using daybook::sqltext::QuoteName;
using daybook::sqltext::SplitStatements;
using daybook::sqltext::TextOf;
using daybook::sqltext::Token;
using daybook::sqltext::Tokenize;
using daybook::sqltext::TokenKind;
using daybook::sqltext::Unquote;

void Expect(bool holds) {
  if (!holds) std::abort();
}

void CheckTokens(absl::string_view sql) {
  size_t end = 0;
  for (const Token& token : Tokenize(sql)) {
    Expect(token.begin == end && token.end > token.begin);
    end = token.end;
    if (token.kind != TokenKind::kQuotedName) continue;
    const std::string name = Unquote(TextOf(token, sql));
    Expect(Unquote(QuoteName(name)) == name);
  }
  Expect(end == sql.size());
}

// Each statement lies behind the one before it and is one when read alone.
void CheckStatements(absl::string_view sql) {
  const auto statements = SplitStatements(sql);
  if (!statements.ok()) {
    Expect(absl::IsInvalidArgument(statements.status()));
    return;
  }
  const char* at = sql.data();
  for (const absl::string_view statement : *statements) {
    Expect(statement.data() >= at &&
           statement.data() + statement.size() <= sql.data() + sql.size());
    at = statement.data() + statement.size();
    Expect(IsSignificant(Tokenize(statement).back()));
    const auto again = SplitStatements(statement);
    Expect(again.ok() && again->size() == 1 && again->front() == statement);
  }
}

}  // namespace

// Any bytes are cut into tokens without a gap, and into statements or an error.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view sql(reinterpret_cast<const char*>(data), size);
  CheckTokens(sql);
  CheckStatements(sql);
  (void)daybook::sqltext::NamesIn(sql);
  const auto schema = daybook::sqltext::ParseCreate(sql);
  Expect(schema.ok() || absl::IsInvalidArgument(schema.status()));
  return 0;
}
