#pragma once

#include <string>
#include <vector>

#include "daybook/migration/v1/migration.pb.h"

namespace daybook::migrator::sqlite {

// Values that a probe writes: for some columns of a row, SQL literals.
struct ProbeCase {
  struct Value {
    std::string column;
    std::string literal;
  };
  using Values = std::vector<Value>;

  Values values;
  bool is_accepted = false;  // whether the constraint must let the row in
};

// What a probe of `check` must try: values at and around each bound, of another
// type, NULL, with a NUL byte, and what the migration adds itself. The verdicts
// follow from the declaration alone, never from the SQL that was made of it.
std::vector<ProbeCase> ProbeCases(const migration::v1::AddCheck& check);

}  // namespace daybook::migrator::sqlite
