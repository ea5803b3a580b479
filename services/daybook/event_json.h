#pragma once

#include <string>

#include "google/protobuf/message.h"

namespace daybook::cli {

// `message` as JSON in one line, with the contract's field names.
std::string ToJson(const google::protobuf::Message& message);

}  // namespace daybook::cli
