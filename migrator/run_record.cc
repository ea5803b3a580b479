#include "migrator/run_record.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace daybook::migrator {
namespace {

using Phase = sqlite::RunAccount::Phase;

std::string Milliseconds(absl::Duration time) {
  return absl::StrCat(absl::ToInt64Milliseconds(time));
}

}  // namespace

std::vector<Phase> PhasesOf(const sqlite::RunAccount& account) {
  std::vector<Phase> phases = account.phases;
  phases.push_back(account.lock);
  phases.push_back(account.whole);
  return phases;
}

std::vector<Phase> PhasesOf(const RunRecord& record) {
  std::vector<Phase> sums;
  for (const sqlite::RunAccount& account : record.accounts) {
    for (const Phase& phase : PhasesOf(account)) {
      const auto sum = std::find_if(sums.begin(), sums.end(),
                                    [&](const Phase& other) { return other.name == phase.name; });
      if (sum == sums.end()) {
        sums.push_back(phase);
      } else {
        sum->took += phase.took;
        sum->allowed += phase.allowed;
      }
    }
  }
  const auto is_part = [](const Phase& phase) {
    const sqlite::RunAccount none;
    return phase.name != none.lock.name && phase.name != none.whole.name;
  };
  std::stable_partition(sums.begin(), sums.end(), is_part);
  return sums;
}

std::vector<std::pair<std::string, std::string>> TimeFields(const std::vector<Phase>& phases) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const Phase& phase : phases) {
    const std::string name = absl::StrReplaceAll(phase.name, {{" ", "_"}});
    fields.emplace_back(absl::StrCat(name, "_ms"), Milliseconds(phase.took));
    if (phase.allowed == absl::InfiniteDuration()) continue;
    fields.emplace_back(absl::StrCat(name, "_allowed_ms"), Milliseconds(phase.allowed));
  }
  return fields;
}

std::string TimesForPeople(const std::vector<Phase>& phases) {
  return absl::StrJoin(phases, ", ", [](std::string* out, const Phase& phase) {
    absl::StrAppend(out, phase.name, " ", Milliseconds(phase.took), " ms");
    if (phase.allowed != absl::InfiniteDuration()) {
      absl::StrAppend(out, " of ", Milliseconds(phase.allowed), " ms");
    }
  });
}

}  // namespace daybook::migrator
