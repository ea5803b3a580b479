#include "daybook/event_json.h"

#include "google/protobuf/util/json_util.h"

namespace daybook::cli {

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  // Fails for messages with unknown types only, and ours have none.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

}  // namespace daybook::cli
