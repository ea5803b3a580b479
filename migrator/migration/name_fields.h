#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"

#include "google/protobuf/message.h"

namespace daybook::migration {

// Which text fields of the messages of a migration hold names of the database.

// Of a table.
bool NamesTable(const google::protobuf::FieldDescriptor& field);

// Of a table, a constraint, an index or an enum.
bool NamesObject(const google::protobuf::FieldDescriptor& field);

// Of a column of the table that the step is about.
bool NamesOwnColumn(const google::protobuf::FieldDescriptor& field);

// Of anything.
bool IsName(const google::protobuf::FieldDescriptor& field);

// What stands in those text fields of `message` that are `wanted`, not looking
// into the messages in it.
std::vector<std::string> TextsOf(
    const google::protobuf::Message& message,
    absl::FunctionRef<bool(const google::protobuf::FieldDescriptor&)> wanted);

}  // namespace daybook::migration
