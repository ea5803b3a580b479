#pragma once

#include <string>
#include <vector>

#include "core/errors.h"

namespace daybook::journal {

// What an operator says of something that cannot be taken back; recorded for ever.
struct OperatorWords {
  std::string by;
  std::string ticket;
  std::string reason;
};

// Those of a request; what breaks a rule is added to `violations`.
OperatorWords CheckWords(std::string by, std::string ticket, std::string reason,
                         std::vector<FieldViolation>& violations);

// As members of a JSON object: `"by":"…","ticket":"…","reason":"…"`.
std::string JsonOf(const OperatorWords& words);

}  // namespace daybook::journal
