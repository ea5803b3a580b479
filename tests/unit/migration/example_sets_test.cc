#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "migrator/migration/lint.h"
#include "migrator/migration/migration_set.h"
#include "support/status_matchers.h"

namespace daybook::migration {
namespace {

using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What lint finds in one of the example sets: `0001_name.textproto step 1: id`,
// errors with an exclamation mark.
std::vector<std::string> FindingsIn(const std::string& set_name) {
  const auto set = MigrationSet::Read(absl::StrCat(DAYBOOK_MIGRATIONS_DIR "/", set_name));
  EXPECT_THAT(set, IsOk());
  std::vector<std::string> lines;
  if (!set.ok()) return lines;
  for (const Finding& finding : Lint(*set)) {
    lines.push_back(absl::StrCat(finding.severity == Severity::kError ? "!" : "", finding.file,
                                 " step ", finding.step, ": ", finding.id));
  }
  return lines;
}

TEST(ExampleSets, DepositsAreClean) { EXPECT_THAT(FindingsIn("deposits"), IsEmpty()); }

TEST(ExampleSets, ChannelsAreClean) { EXPECT_THAT(FindingsIn("channels"), IsEmpty()); }

TEST(ExampleSets, TradesAreClean) { EXPECT_THAT(FindingsIn("trades"), IsEmpty()); }

TEST(ExampleSets, PortfolioKeepsTheDecimalsItWasFoundWith) {
  EXPECT_THAT(FindingsIn("portfolio"),
              ElementsAre("0001_baseline.textproto step 2: decimal-money",
                          "0001_baseline.textproto step 6: decimal-money"));
}

}  // namespace
}  // namespace daybook::migration
