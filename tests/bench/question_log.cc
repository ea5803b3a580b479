#include "bench/question_log.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace daybook::bench {
namespace {

using ::daybook::audit::v1::Event;

constexpr uint64_t kAllPersons = kEvenPersons + kZipfPersons;

// 100 million in 30 days: 1,000 each 25.92 seconds.
constexpr absl::Duration kBatchEvery = absl::Milliseconds(25'920);
constexpr absl::Duration kTodaySoFar = absl::Seconds(86'233);  // 23:57:13

constexpr uint64_t kOfAThousandFail = 10;
constexpr uint64_t kOfAThousandDeposit = 200;
constexpr uint64_t kOfTenFailuresGuessed = 2;
constexpr absl::Duration kGuesses = absl::Minutes(5);
constexpr uint64_t kStride = 7'919;  // a prime: from one guesser to the next

constexpr std::array<const char*, 4> kOtherActions = {"login", "balance_changed", "quote_viewed",
                                                      "profile_changed"};

absl::Time MidnightBefore(absl::Time now) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  return absl::FromCivil(absl::ToCivilDay(now, utc) - 1, utc);
}

}  // namespace

QuestionLog::QuestionLog(const DataSet& data, uint64_t events, absl::Time now)
    : data_(data), events_(events), today_(MidnightBefore(now)), end_(today_ + kTodaySoFar) {}

absl::Time QuestionLog::TimeOf(uint64_t seq) const {
  const uint64_t batches_behind = (events_ - 1 - seq) / kBatch;
  return end_ - absl::Microseconds(1) - static_cast<int64_t>(batches_behind) * kBatchEvery;
}

void QuestionLog::Fill(uint64_t seq, Event& event) const {
  Random random(seq);
  const uint64_t kind = random.Below(1'000);
  if (kind < kOfAThousandFail) {
    FillFailure(seq, random, event);
  } else if (kind < kOfAThousandFail + kOfAThousandDeposit) {
    FillDeposit(random, event);
  } else {
    FillOther(random, event);
  }
}

int64_t QuestionLog::DrawAskedFor(Random& random) const {
  const uint64_t number =
      random.Below(2) == 0 ? data_.DrawPerson(random) : random.Below(kAllPersons);
  return static_cast<int64_t>(number);
}

uint64_t QuestionLog::GuesserAt(uint64_t seq) const {
  const int64_t turn = absl::ToUnixSeconds(TimeOf(seq)) / absl::ToInt64Seconds(kGuesses);
  return static_cast<uint64_t>(turn) * kStride % kAllPersons;
}

void QuestionLog::FillFailure(uint64_t seq, Random& random, Event& event) const {
  const bool is_guessed = random.Below(10) < kOfTenFailuresGuessed;
  SetPerson(is_guessed ? GuesserAt(seq) : random.Below(kAllPersons), event);
  event.set_action("login_failed");
  event.set_reason("BAD_PASSWORD");
  event.set_resource_type("account");
  event.set_resource_id(absl::StrCat(event.user_id()));
}

void QuestionLog::FillDeposit(Random& random, Event& event) const {
  SetPerson(data_.DrawPerson(random), event);
  event.set_action("deposit_confirmed");
  event.set_resource_type("deposit_transaction");
  event.set_resource_id(absl::StrCat(random.Below(kOtherThings)));
  event.set_details(absl::StrFormat(R"({"amount":%d.%02d,"currency":"EUR","channel":"app"})",
                                    5 + random.Below(2'000), random.Below(100)));
}

void QuestionLog::FillOther(Random& random, Event& event) const {
  SetPerson(data_.DrawPerson(random), event);
  event.set_action(kOtherActions[random.Below(kOtherActions.size())]);
  event.set_resource_type("account");
  event.set_resource_id(absl::StrCat(event.user_id()));
}

void QuestionLog::SetPerson(uint64_t number, Event& event) const {
  const DataSet::Person& person = data_.person(number);
  event.set_user_id(static_cast<int64_t>(number));
  event.set_actor(absl::StrCat("user:", number));
  event.set_telegram_id(std::string(person.telegram_id.data(), person.telegram_id.size()));
  event.set_ip_address(std::string(person.ip_address.data(), person.ip_length));
}

}  // namespace daybook::bench
