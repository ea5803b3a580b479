#include "migrator/migration/place.h"

namespace daybook::migration {

std::string TableOf(const Place& place) {
  for (const Place* at = &place; at != nullptr; at = at->parent) {
    if (const auto* create = As<v1::CreateTable>(*at)) return create->name();
    if (const auto* drop = As<v1::DropTable>(*at)) return drop->name();
    const google::protobuf::FieldDescriptor* field =
        at->message->GetDescriptor()->FindFieldByName("table");
    if (field == nullptr || field->is_repeated()) continue;
    std::string table = at->message->GetReflection()->GetString(*at->message, field);
    if (!table.empty()) return table;
  }
  return "";
}

}  // namespace daybook::migration
