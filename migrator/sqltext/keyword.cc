#include "migrator/sqltext/keyword.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "migrator/sqltext/name.h"

namespace daybook::sqltext {
namespace {

// Both in order, for the search. SQLite's other keywords are names wherever
// they make no sense as keywords.
constexpr absl::string_view kReserved[] = {
    "add",     "all",        "alter",       "and",     "as",       "autoincrement",
    "between", "case",       "check",       "collate", "commit",   "constraint",
    "create",  "default",    "deferrable",  "delete",  "distinct", "drop",
    "else",    "escape",     "except",      "exists",  "foreign",  "from",
    "group",   "having",     "in",          "index",   "insert",   "intersect",
    "into",    "is",         "isnull",      "join",    "limit",    "not",
    "nothing", "notnull",    "null",        "on",      "or",       "order",
    "primary", "references", "returning",   "select",  "set",      "table",
    "then",    "to",         "transaction", "union",   "unique",   "update",
    "using",   "values",     "when",        "where"};
constexpr absl::string_view kNoType[] = {"cross", "full",    "indexed", "inner",
                                         "left",  "natural", "outer",   "right"};

template <typename Words>
bool Contains(const Words& words, const std::string& folded) {
  return std::binary_search(std::begin(words), std::end(words), absl::string_view(folded));
}

}  // namespace

WordUse UseOf(absl::string_view word) {
  const std::string folded = FoldName(word);
  if (Contains(kReserved, folded)) return WordUse::kReserved;
  return Contains(kNoType, folded) ? WordUse::kNameNoType : WordUse::kName;
}

}  // namespace daybook::sqltext
