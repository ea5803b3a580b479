#pragma once

#include "google/protobuf/message.h"
#include "google/protobuf/unknown_field_set.h"

namespace daybook {

// Frees what a message holds of fields that this build does not know; not those
// of the messages in it. Cheap where there are none, unlike
// Message::DiscardUnknownFields(), which asks reflection for every field.
inline void DropUnknownFields(google::protobuf::Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (reflection.GetUnknownFields(message).empty()) return;
  google::protobuf::UnknownFieldSet dropped;  // to clear a set keeps its memory
  dropped.Swap(reflection.MutableUnknownFields(&message));
}

}  // namespace daybook
