#include "bench/data_set.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kFirstTelegramId = 100'000'000;
constexpr uint64_t kAgents = 8;

std::vector<double> ZipfWeights() {
  std::vector<double> weights;
  weights.reserve(kZipfPersons);
  for (uint64_t rank = 1; rank <= kZipfPersons; ++rank) {
    weights.push_back(1 / static_cast<double>(rank));
  }
  return weights;
}

std::string TelegramIdOf(uint64_t person) { return absl::StrCat(kFirstTelegramId + person); }

DataSet::Person MakePerson(uint64_t number) {
  DataSet::Person person{};
  const std::string telegram_id = TelegramIdOf(number);
  std::copy(telegram_id.begin(), telegram_id.end(), person.telegram_id.begin());
  const std::string ip_address =
      absl::StrCat("198.", 18 + number % 2, ".", number / 250 % 250, ".", 1 + number % 250);
  std::copy(ip_address.begin(), ip_address.end(), person.ip_address.begin());
  person.ip_length = static_cast<uint8_t>(ip_address.size());
  person.user_agent = static_cast<uint8_t>(number % kAgents);
  return person;
}

}  // namespace

DataSet::DataSet() : zipf_(ZipfWeights()) {
  persons_.reserve(kEvenPersons + kZipfPersons);
  for (uint64_t number = 0; number < kEvenPersons + kZipfPersons; ++number) {
    persons_.push_back(MakePerson(number));
  }
  for (uint64_t agent = 0; agent < kAgents; ++agent) {
    agents_.push_back(absl::StrCat("Mozilla/5.0 (Linux; Android ", 10 + agent,
                                   "; SM-S918N) AppleWebKit/537.36 (KHTML, like Gecko) "
                                   "Chrome/126.0.0.0 Mobile Safari/537.36"));
  }
}

uint64_t DataSet::DrawPerson(Random& random) const {
  const uint64_t even = random.Below(2 * kEvenPersons);
  return even < kEvenPersons ? even : kEvenPersons + zipf_.Draw(random);
}

std::string DataSet::EvenPersonFilter(uint64_t number) {
  return absl::StrCat("telegram_id = \"", TelegramIdOf(number), "\"");
}

std::string DataSet::ZipfPersonFilter(uint64_t rank) {
  return EvenPersonFilter(kEvenPersons + rank);
}

std::string DataSet::DepositFilter(uint64_t id) {
  return absl::StrCat("resource_type = deposit_transaction AND resource_id = \"", id, "\"");
}

}  // namespace daybook::bench
