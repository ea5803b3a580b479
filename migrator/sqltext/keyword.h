#pragma once

#include "absl/strings/string_view.h"

namespace daybook::sqltext {

// What SQLite 3.40 takes an unquoted word for where a name may stand.
enum class WordUse {
  kName,        // a name, also as a part of a type's name
  kNameNoType,  // a name, but no part of a type's name: LEFT
  kReserved,    // never a name: SELECT
};
WordUse UseOf(absl::string_view word);

}  // namespace daybook::sqltext
