#include "migrator/sqltext/schema_name.h"

#include "absl/status/status.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/token_cursor.h"

namespace daybook::sqltext {
namespace {

absl::StatusOr<SchemaKind> TakeKind(TokenCursor& cursor) {
  DAYBOOK_RETURN_IF_ERROR(cursor.Expect("CREATE"));
  if (cursor.Take("VIRTUAL")) {
    DAYBOOK_RETURN_IF_ERROR(cursor.Expect("TABLE"));
    return SchemaKind::kVirtualTable;
  }
  if (cursor.Take("UNIQUE")) {
    DAYBOOK_RETURN_IF_ERROR(cursor.Expect("INDEX"));
    return SchemaKind::kIndex;
  }
  if (cursor.Take("INDEX")) return SchemaKind::kIndex;
  if (!cursor.Take("TEMP")) cursor.Take("TEMPORARY");
  if (cursor.Take("TABLE")) return SchemaKind::kTable;
  if (cursor.Take("TRIGGER")) return SchemaKind::kTrigger;
  if (cursor.Take("VIEW")) return SchemaKind::kView;
  return cursor.Expected("TABLE, VIRTUAL TABLE, INDEX, TRIGGER or VIEW");
}

// The name after an optional schema.
absl::StatusOr<std::string> TakeQualifiedName(TokenCursor& cursor) {
  DAYBOOK_ASSIGN_OR_RETURN(Token name, cursor.TakeName("a name"));
  if (cursor.Take(".")) {
    DAYBOOK_ASSIGN_OR_RETURN(name, cursor.TakeName("a name"));
  }
  return Unquote(cursor.Text(name));
}

}  // namespace

absl::StatusOr<SchemaName> ParseCreate(absl::string_view sql) {
  TokenCursor cursor(sql);
  SchemaName schema;
  DAYBOOK_ASSIGN_OR_RETURN(schema.kind, TakeKind(cursor));
  if (cursor.Take("IF")) {
    DAYBOOK_RETURN_IF_ERROR(cursor.Expect("NOT"));
    DAYBOOK_RETURN_IF_ERROR(cursor.Expect("EXISTS"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(schema.name, TakeQualifiedName(cursor));
  schema.table = schema.name;
  if (schema.kind != SchemaKind::kIndex && schema.kind != SchemaKind::kTrigger) return schema;
  // ON is reserved, so nothing before it can be called that.
  while (!cursor.Take("ON")) DAYBOOK_RETURN_IF_ERROR(cursor.TakeAny("ON").status());
  DAYBOOK_ASSIGN_OR_RETURN(schema.table, TakeQualifiedName(cursor));
  return schema;
}

}  // namespace daybook::sqltext
