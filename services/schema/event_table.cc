#include "schema/event_table.h"

namespace daybook::schema {
namespace {

Column ColumnOf(const google::protobuf::FieldDescriptor& field) {
  const v1::Column& declared = field.options().GetExtension(v1::column);
  Column column;
  column.name = declared.name().empty() ? field.name() : declared.name();
  column.type = declared.rule().has_string() ? ColumnType::kText : ColumnType::kInteger;
  column.primary_key = declared.primary_key();
  column.rule = declared.rule();
  if (field.enum_type() != nullptr) column.enum_values = field.enum_type()->value_count() - 1;
  return column;
}

}  // namespace

Table TableOf(const google::protobuf::Descriptor& message) {
  const v1::Table& declared = message.options().GetExtension(v1::table);
  Table table;
  table.name = declared.name();
  table.indexes.assign(declared.indexes().begin(), declared.indexes().end());
  table.sealed_indexes.assign(declared.sealed_indexes().begin(), declared.sealed_indexes().end());
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->options().HasExtension(v1::column)) {
      table.columns.push_back(ColumnOf(*message.field(i)));
    }
  }
  return table;
}

bool IsNullable(const Column& column) {
  switch (column.rule.kind_case()) {
    case v1::Rule::kString:
      return column.rule.string().nullable();
    case v1::Rule::kInt64:
      return column.rule.int64().nullable();
    case v1::Rule::kEnum:
      return column.rule.enum_().nullable();
    case v1::Rule::kTime:
      return column.rule.time().nullable();
    case v1::Rule::KIND_NOT_SET:
      return true;
  }
  return true;
}

}  // namespace daybook::schema
