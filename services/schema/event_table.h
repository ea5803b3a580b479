#pragma once

#include <string>
#include <vector>

#include "daybook/schema/v1/rules.pb.h"
#include "google/protobuf/descriptor.h"

namespace daybook::schema {

// What a column holds.
enum class ColumnType { kInteger, kText };

// A column, as a field of the contract declares it.
struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool primary_key = false;
  v1::Rule rule;
  int enum_values = 0;  // how many values an enum declares beside zero
};

// A table, as a message of the contract declares it.
struct Table {
  std::string name;
  std::vector<Column> columns;
  std::vector<v1::Index> indexes;         // from the beginning
  std::vector<v1::Index> sealed_indexes;  // once a segment is sealed
};

// The table that `message` declares, columns in the order of its fields.
Table TableOf(const google::protobuf::Descriptor& message);

// True where the column need not have a value.
bool IsNullable(const Column& column);

}  // namespace daybook::schema
