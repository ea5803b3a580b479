#include "bench/event_generator.h"

#include <array>
#include <string>

namespace daybook::bench {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::RecordEventRequest;

constexpr char kHexDigits[] = "0123456789abcdef";

// The digits that are 1 below are written anew for each event; none of them may
// become a leading zero.
constexpr char kDetails[] =
    R"({"amount":111111,"currency":"KRW","balance_before":1111111,"balance_after":1111111,)"
    R"("bank":"K1111","channel":"app"})";
constexpr size_t kAmount = 10;
constexpr size_t kBefore = 51;
constexpr size_t kAfter = 75;
constexpr size_t kBank = 92;

// Writes the lowest `count` digits of `value`.
void WriteDigits(uint64_t value, size_t count, char* out) {
  for (size_t i = count; i > 0; --i) {
    out[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// Writes the highest `count` digits of `value`, and shifts them out of it.
char* WriteHex(uint64_t& value, size_t count, char* out) {
  for (size_t i = 0; i < count; ++i) {
    *out++ = kHexDigits[value >> 60];
    value <<= 4;
  }
  return out;
}

void AssignNumber(uint64_t value, std::string& text) {
  std::array<char, 20> digits{};
  size_t begin = digits.size();
  do {
    digits[--begin] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0);
  text.assign(&digits[begin], digits.size() - begin);
}

}  // namespace

void EventGenerator::Next(RecordEventRequest& request) {
  const uint64_t number = data_.DrawPerson(random_);
  const DataSet::Person& person = data_.person(number);
  Event& event = *request.mutable_event();
  event.set_user_id(static_cast<int64_t>(number));
  event.mutable_telegram_id()->assign(person.telegram_id.data(), person.telegram_id.size());
  event.mutable_ip_address()->assign(person.ip_address.data(), person.ip_length);
  *event.mutable_user_agent() = data_.user_agent(person);
  SetAction(number, event);
  SetDetails(number, event);
  SetTrace(event);
  SetRequestId(request);
}

void EventGenerator::SetAction(uint64_t person, Event& event) {
  const uint64_t kind = random_.Below(100);
  event.clear_reason();
  event.clear_actor();
  if (kind >= 1 && kind <= 5) {
    event.mutable_action()->assign("deposit_confirmed");
    event.mutable_actor()->assign("service:cashier-");
    event.mutable_actor()->push_back(static_cast<char>('a' + person % 20));
    event.mutable_resource_type()->assign("deposit_transaction");
    AssignNumber(random_.Below(kDeposits), *event.mutable_resource_id());
    return;
  }
  event.mutable_action()->assign(kind == 0 ? "login_failed" : "balance_changed");
  if (kind == 0) event.mutable_reason()->assign("BAD_PASSWORD");
  event.mutable_resource_type()->assign("account");
  AssignNumber(random_.Below(kOtherThings), *event.mutable_resource_id());
}

void EventGenerator::SetDetails(uint64_t person, Event& event) {
  std::string& details = *event.mutable_details();
  details.assign(kDetails, sizeof(kDetails) - 1);
  const uint64_t amount = 100'000 + random_.Below(900'000);
  const uint64_t before = 1'000'000 + random_.Below(8'000'000);
  WriteDigits(amount, 6, &details[kAmount]);
  WriteDigits(before, 7, &details[kBefore]);
  WriteDigits(before + amount, 7, &details[kAfter]);
  WriteDigits(person, 4, &details[kBank]);
}

void EventGenerator::SetTrace(Event& event) {
  uint64_t high = random_.Next();
  uint64_t low = random_.Next();
  uint64_t order = high + low;
  std::string& trace_id = *event.mutable_trace_id();
  trace_id.resize(32);
  WriteHex(low, 16, WriteHex(high, 16, trace_id.data()));
  std::string& correlation_id = *event.mutable_correlation_id();
  correlation_id.assign("order-000000000000");
  WriteHex(order, 12, &correlation_id[6]);
}

void EventGenerator::SetRequestId(RecordEventRequest& request) {
  std::string& id = *request.mutable_request_id();
  id.assign(36, '-');
  uint64_t run = run_;
  uint64_t event = made_++;
  char* at = WriteHex(run, 8, id.data()) + 1;
  at = WriteHex(run, 4, at) + 1;
  at = WriteHex(run, 4, at) + 1;
  at = WriteHex(event, 4, at) + 1;
  WriteHex(event, 12, at);
}

}  // namespace daybook::bench
