#include <cstdlib>
#include <string>

#include "daybook/audit/v1/audit_service.pb.h"
#include "event/checked_event.h"
#include "fuzz_target.h"
#include "ledger/leaf.h"
#include "rpc/malformed.h"

// Any bytes end as a leaf within its bound, or as INVALID_ARGUMENT; what was
// checked once and is checked again stays as it is.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const rules =
      new daybook::event::EventRules(*daybook::event::EventRules::Compile());
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto& type = *daybook::audit::v1::RecordEventRequest::GetDescriptor();
  if (!daybook::rpc::CheckFieldCount(type, bytes).ok()) return 0;
  daybook::audit::v1::RecordEventRequest request;
  if (!request.ParseFromString(bytes)) {
    const absl::Status status = daybook::rpc::MalformedRequestError(type, bytes);
    if (!absl::IsInvalidArgument(status)) std::abort();
    return 0;
  }
  const daybook::event::Provenance provenance{.producer = "fuzzer",
                                              .request_id = request.request_id()};
  const auto checked = daybook::event::CheckedEvent::Check(*rules, request.event(), provenance,
                                                           absl::FromUnixSeconds(1'763'683'200));
  if (!checked.ok()) {
    if (!absl::IsInvalidArgument(checked.status())) std::abort();
    return 0;
  }
  const auto again = daybook::event::CheckedEvent::Check(*rules, checked->event(), provenance,
                                                         absl::FromUnixSeconds(1'763'683'200));
  if (!again.ok() || again->event().SerializeAsString() != checked->event().SerializeAsString())
    std::abort();
  const std::string leaf = daybook::ledger::LeafDraft(checked->event(), daybook::ledger::Salt())
                               .Bytes(daybook::kMaxMicros);
  if (leaf.size() > daybook::ledger::kMaxLeafBytes) std::abort();
  return 0;
}
