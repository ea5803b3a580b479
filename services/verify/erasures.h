#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "verify/findings.h"
#include "verify/row_check.h"

namespace daybook::verify {

// Events from first to last, both inclusive, of which the same groups are erased.
struct ErasedRange {
  uint64_t first = 0;
  uint64_t last = 0;
  GroupSet groups = 0;
};

// What an event audit.erased says.
struct Declaration {
  uint64_t seq = 0;
  GroupSet groups = 0;
  std::vector<std::pair<uint64_t, uint64_t>> ranges;  // first, last
};

// Reads it from the texts of the event at `seq`; what it does not say in the form that
// the service writes, it does not declare.
Declaration ParseDeclaration(uint64_t seq, const std::string& public_details,
                             const std::string& details);

// Finds what is erased and was not declared by a later event.
void CheckDeclared(const std::vector<ErasedRange>& erased,
                   const std::vector<Declaration>& declarations, Findings& findings);

// The declared ranges of which some event is not erased as declared; they may not have
// had what was to be erased. `erased` is in the order of events.
std::vector<ErasedRange> NotErased(const std::vector<ErasedRange>& erased,
                                   const std::vector<Declaration>& declarations);

}  // namespace daybook::verify
