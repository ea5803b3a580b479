#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/alias_table.h"
#include "bench/random.h"

namespace daybook::bench {

inline constexpr uint64_t kEvenPersons = 2'000;
inline constexpr uint64_t kZipfPersons = 100'000;
inline constexpr uint64_t kDeposits = 100'000;       // ids of deposit transactions
inline constexpr uint64_t kOtherThings = 1'000'000;  // ids of accounts

// Everything about the data set of docs/bench-data.md that can be made before a
// clock starts: the persons, and how often each acts.
//
// Immutable.
class DataSet {
 public:
  struct Person {
    std::array<char, 9> telegram_id;
    uint8_t user_agent;
    uint8_t ip_length;
    std::array<char, 15> ip_address;
  };

  DataSet();

  // Half of the time one of the even persons, else one of the Zipf ones.
  uint64_t DrawPerson(Random& random) const;

  const Person& person(uint64_t number) const { return persons_[number]; }
  const std::string& user_agent(const Person& person) const { return agents_[person.user_agent]; }

  // Filters for QueryEvents. Rank 0 is the Zipf person that acts most.
  static std::string EvenPersonFilter(uint64_t number);
  static std::string ZipfPersonFilter(uint64_t rank);
  static std::string DepositFilter(uint64_t id);

 private:
  std::vector<Person> persons_;
  std::vector<std::string> agents_;
  AliasTable zipf_;
};

}  // namespace daybook::bench
