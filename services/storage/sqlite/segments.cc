#include "storage/sqlite/segments.h"

#include <algorithm>

namespace daybook::storage::sqlite {

bool Segments::MayHold(const Zone& zone, const query::Filter& filter,
                       const std::vector<KeyTerm>& keys) const {
  return zone.MayMatch(filter) && std::all_of(keys.begin(), keys.end(), [&](const KeyTerm& term) {
           return subjects.MayHold(SubjectKey(term), zone.number);
         });
}

}  // namespace daybook::storage::sqlite
