#include "rpc/caller.h"

#include <algorithm>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

#include "core/errors.h"

namespace daybook::rpc {
namespace {

constexpr char kProducerHeader[] = "daybook-producer";
constexpr char kCallIdHeader[] = "x-request-id";
constexpr size_t kMaxCallIdBytes = 128;

std::string Metadata(const grpc::CallbackServerContext& context, const char* name) {
  const auto found = context.client_metadata().find(name);
  if (found == context.client_metadata().end()) return "";
  return {found->second.data(), found->second.size()};
}

absl::Status ProducerError(Reason reason, std::string description) {
  return InvalidFieldError(
      {.reason = reason, .field = kProducerHeader, .description = std::move(description)});
}

bool IsCallId(const std::string& text) {
  return !text.empty() && text.size() <= kMaxCallIdBytes &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isgraph(static_cast<unsigned char>(c)); });
}

std::string FreshCallId() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return absl::StrFormat("%016x", generator());
}

}  // namespace

absl::StatusOr<auth::Principal> CallerOf(const grpc::CallbackServerContext& context,
                                         const event::EventRules& rules) {
  std::string producer = Metadata(context, kProducerHeader);
  if (producer.empty()) return auth::Principal{.producer = auth::kAnonymous};
  if (producer == auth::kService) {
    return ProducerError(Reason::kProducerReserved, "is the name under which the service records");
  }
  if (auto broken = rules.BrokenByProducer(producer)) {
    return ProducerError(Reason::kFieldInvalid, *std::move(broken));
  }
  return auth::Principal{.producer = std::move(producer)};
}

std::string CallIdOf(const grpc::CallbackServerContext& context) {
  std::string given = Metadata(context, kCallIdHeader);
  return IsCallId(given) ? given : FreshCallId();
}

}  // namespace daybook::rpc
