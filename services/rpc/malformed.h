#pragma once

#include <string>

#include "absl/status/status.h"

#include "google/protobuf/descriptor.h"

namespace daybook::rpc {

// INVALID_ARGUMENT / REQUEST_MALFORMED for bytes that do not parse as a message
// of type `type`: names the field where a string that is not UTF-8 is to blame.
absl::Status MalformedRequestError(const google::protobuf::Descriptor& type,
                                   const std::string& bytes);

}  // namespace daybook::rpc
