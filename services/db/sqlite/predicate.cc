#include "db/sqlite/predicate.h"

#include <sqlite3.h>

#include <cstddef>

namespace daybook::db::sqlite {
namespace {

constexpr char kPredicateFunction[] = "daybook_holds";
constexpr char kPredicateType[] = "daybook::TextPredicate";

void Holds(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
  const auto* const predicate =
      static_cast<const TextPredicate*>(sqlite3_value_pointer(arguments[0], kPredicateType));
  if (predicate == nullptr) return sqlite3_result_error(context, "it wants a predicate", -1);
  const auto* const text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[1]));
  const bool holds = text != nullptr &&
                     (*predicate)({text, static_cast<size_t>(sqlite3_value_bytes(arguments[1]))});
  sqlite3_result_int(context, holds ? 1 : 0);
}

}  // namespace

void BindPredicate(Statement& statement, int parameter, const TextPredicate& predicate) {
  statement.BindPointer(parameter, const_cast<TextPredicate*>(&predicate), kPredicateType);
}

int UsePredicates(sqlite3* connection) {
  return sqlite3_create_function_v2(connection, kPredicateFunction, 2,
                                    SQLITE_UTF8 | SQLITE_DIRECTONLY, nullptr, Holds, nullptr,
                                    nullptr, nullptr);
}

}  // namespace daybook::db::sqlite
