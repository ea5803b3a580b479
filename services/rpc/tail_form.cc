#include <memory>
#include <string>
#include <utility>

#include <grpcpp/impl/codegen/proto_utils.h>

#include "core/status_macros.h"
#include "detect/firing.h"
#include "rpc/parse.h"
#include "rpc/tail_call.h"

namespace daybook::rpc {
namespace {

using ::daybook::audit::v1::TailEventsRequest;
using ::daybook::audit::v1::TailEventsResponse;
using ::daybook::audit::v1::WatchDetectionsRequest;
using ::daybook::audit::v1::WatchDetectionsResponse;

template <typename Message>
grpc::ByteBuffer BytesOf(const Message& message) {
  grpc::ByteBuffer bytes;
  bool own_buffer = false;
  // Writing into memory does not fail.
  (void)grpc::SerializationTraits<Message>::Serialize(message, &bytes, &own_buffer);
  return bytes;
}

class EventTailForm final : public TailForm {
 public:
  absl::StatusOr<TailEventsRequest> RequestIn(const grpc::ByteBuffer& bytes) const override {
    DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<TailEventsRequest> message,
                             Parse<TailEventsRequest>(bytes));
    return *message;
  }
  std::deque<grpc::ByteBuffer> MessagesOf(const TailEventsResponse& message) const override {
    std::deque<grpc::ByteBuffer> messages;
    messages.push_back(BytesOf(message));
    return messages;
  }
};

class DetectionTailForm final : public TailForm {
 public:
  absl::StatusOr<TailEventsRequest> RequestIn(const grpc::ByteBuffer& bytes) const override {
    DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<WatchDetectionsRequest> message,
                             Parse<WatchDetectionsRequest>(bytes));
    TailEventsRequest request;
    DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_filter(), detect::FiringsFilter(message->rule()));
    if (message->has_start_seq()) request.set_start_seq(message->start_seq());
    if (message->has_heartbeat_interval()) {
      *request.mutable_heartbeat_interval() = message->heartbeat_interval();
    }
    return request;
  }

  // Each detection in a message of its own. Without one it is a heartbeat, or tells how
  // far the log was looked at.
  std::deque<grpc::ByteBuffer> MessagesOf(const TailEventsResponse& message) const override {
    std::deque<grpc::ByteBuffer> messages;
    for (int i = 0; i < message.events_size(); ++i) {
      WatchDetectionsResponse one;
      if (auto detection = detect::DetectionOf(message.events(i))) {
        *one.mutable_detection() = *std::move(detection);
      }
      const bool is_last = i + 1 == message.events_size();
      one.set_next_seq(is_last ? message.next_seq() : message.events(i).seq() + 1);
      one.set_head_size(message.head_size());
      messages.push_back(BytesOf(one));
    }
    if (!messages.empty()) return messages;
    WatchDetectionsResponse heartbeat;
    heartbeat.set_next_seq(message.next_seq());
    heartbeat.set_head_size(message.head_size());
    messages.push_back(BytesOf(heartbeat));
    return messages;
  }
};

}  // namespace

const TailForm& EventTail() {
  static const EventTailForm* const form = new EventTailForm();
  return *form;
}

const TailForm& DetectionTail() {
  static const DetectionTailForm* const form = new DetectionTailForm();
  return *form;
}

}  // namespace daybook::rpc
