#include "migrator/migration/name_fields.h"

#include <algorithm>
#include <array>

#include "absl/strings/string_view.h"

namespace daybook::migration {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Reflection;

template <size_t kSize>
bool Contains(const std::array<absl::string_view, kSize>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The messages whose `name` is one of the database, and no column's.
constexpr std::array<absl::string_view, 8> kNamedObjects = {
    "AddCheck",    "DropCheck", "AddForeignKey", "AlterForeignKey",
    "CreateIndex", "AddEnum",   "CreateTable",   "DropTable"};

constexpr std::array<absl::string_view, 3> kTableFields = {"table", "references_table",
                                                           "changes_table"};
constexpr std::array<absl::string_view, 3> kIndexFields = {"index_name", "replaces", "uses_index"};
constexpr std::array<absl::string_view, 3> kOwnColumnFields = {"column", "columns", "primary_key"};
constexpr std::array<absl::string_view, 3> kOtherColumnFields = {"references_columns", "from",
                                                                 "to"};

}  // namespace

bool NamesTable(const FieldDescriptor& field) {
  const std::string& type = field.containing_type()->name();
  if (field.name() == "name") return type == "CreateTable" || type == "DropTable";
  return Contains(kTableFields, field.name());
}

bool NamesObject(const FieldDescriptor& field) {
  if (field.name() == "name") return Contains(kNamedObjects, field.containing_type()->name());
  return NamesTable(field) || Contains(kIndexFields, field.name());
}

bool NamesOwnColumn(const FieldDescriptor& field) {
  return Contains(kOwnColumnFields, field.name()) ||
         field.containing_type()->name() == "CompareRule";
}

bool IsName(const FieldDescriptor& field) {
  const std::string& type = field.containing_type()->name();
  if (field.name() == "name") return type == "NewColumn" || NamesObject(field);
  if (type == "Clamp") return false;
  return NamesObject(field) || NamesOwnColumn(field) || Contains(kOtherColumnFields, field.name());
}

std::vector<std::string> TextsOf(const google::protobuf::Message& message,
                                 absl::FunctionRef<bool(const FieldDescriptor&)> wanted) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  std::vector<std::string> texts;
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_STRING || !wanted(*field)) continue;
    if (!field->is_repeated()) texts.push_back(reflection.GetString(message, field));
    for (int i = 0; field->is_repeated() && i < reflection.FieldSize(message, field); ++i) {
      texts.push_back(reflection.GetRepeatedString(message, field, i));
    }
  }
  return texts;
}

}  // namespace daybook::migration
