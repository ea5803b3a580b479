#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace daybook::ledger {

// What hides the values of one event behind its commitments. Never logged,
// never sent, gone once the event's values are erased.
using Salt = std::array<uint8_t, 32>;

// Draws salts from the operating system's generator, in one call.
std::vector<Salt> DrawSalts(size_t count);
Salt DrawSalt();

}  // namespace daybook::ledger
