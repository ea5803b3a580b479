#include "migrator/migration/subject.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace daybook::migration {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

std::string ChildPath(const Place& parent, const FieldDescriptor& field, int index) {
  std::string path = parent.path;
  if (!path.empty()) path += ".";
  path += field.name();
  if (field.is_repeated()) absl::StrAppend(&path, "[", index + 1, "]");
  return path;
}

// The messages in the fields of `parent`, in order.
std::vector<Place> ChildrenOf(const Place& parent) {
  const Reflection& reflection = *parent.message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*parent.message, &fields);
  std::vector<Place> children;
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int size = field->is_repeated() ? reflection.FieldSize(*parent.message, field) : 1;
    for (int i = 0; i < size; ++i) {
      const Message& message = field->is_repeated()
                                   ? reflection.GetRepeatedMessage(*parent.message, field, i)
                                   : reflection.GetMessage(*parent.message, field);
      Place child{.file = parent.file,
                  .step = parent.step,
                  .path = ChildPath(parent, *field, i),
                  .message = &message,
                  .parent = &parent};
      if (As<v1::Step>(child) != nullptr) {
        child.step = i + 1;
        child.path.clear();
      }
      children.push_back(std::move(child));
    }
  }
  return children;
}

}  // namespace

Subject::Subject(std::span<const MigrationFile> files) : files_(files) {
  for (const MigrationFile& file : files) AddAll(file);
  for (const Place& place : places_) AppendSqlAt(place, sql_);
}

void Subject::AddAll(const MigrationFile& file) {
  std::vector<Place> rest = {
      {.file = &file, .step = 0, .path = "", .message = &file.migration, .parent = nullptr}};
  while (!rest.empty()) {
    places_.push_back(std::move(rest.back()));
    rest.pop_back();
    std::vector<Place> children = ChildrenOf(places_.back());
    std::move(children.rbegin(), children.rend(), std::back_inserter(rest));
  }
}

}  // namespace daybook::migration
