#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "google/protobuf/descriptor.h"

namespace daybook::rpc {

// INVALID_ARGUMENT / REQUEST_MALFORMED for bytes that would be a message of type
// `type` with more fields, at all depths, than any honest one has: two bytes can
// make a field that takes a hundred in memory.
absl::Status CheckFieldCount(const google::protobuf::Descriptor& type, absl::string_view bytes);

// INVALID_ARGUMENT / REQUEST_MALFORMED for bytes that do not parse as a message
// of type `type`: names the field where a string that is not UTF-8 is to blame.
absl::Status MalformedRequestError(const google::protobuf::Descriptor& type,
                                   absl::string_view bytes);

}  // namespace daybook::rpc
