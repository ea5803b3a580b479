#pragma once

#include <cstdint>
#include <limits>

namespace CLI {
class Validator;
}  // namespace CLI

namespace daybook::cli {

// What options take that are numbers: their digits, and nothing else. The library's own
// reading takes -1 for 18446744073709551615, 010 for 8 and 0x10 for 16. They are for
// Option::transform().

// From `least` to `most`: how many, which event, how old.
CLI::Validator WholeNumber(uint64_t least = 0,
                           uint64_t most = std::numeric_limits<uint64_t>::max());

// Likewise, with a - before it where it is below 0: the number of a person.
CLI::Validator SignedNumber();

// Seconds from `least` on, up to a year: 10, 0.5.
CLI::Validator Seconds(double least);

}  // namespace daybook::cli
