#include "migrator/migration/template.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_replace.h"

#include "migrator/migration/lint.h"
#include "support/status_matchers.h"

namespace daybook::migration {
namespace {

using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::Field;

TEST(NewMigration, AsksForItsSteps) {
  const auto file =
      ParseMigration("0007_add_phone.textproto", NewMigrationText(7, "add_phone", "2025-11-21"));

  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->migration.date(), "2025-11-21");
  EXPECT_THAT(Lint({&*file, 1}), ElementsAre(Field(&Finding::message, "step is missing")));
}

// The example in a comment of `text` that begins with `start`, uncommented.
std::string Example(const std::string& text, const std::string& start) {
  const size_t begin = text.find("\n# " + start);
  if (begin == std::string::npos) return "no example of " + start;
  const std::string rest = absl::StrReplaceAll(text.substr(begin), {{"\n#\n", "\n\n"}});
  return absl::StrReplaceAll(rest.substr(0, rest.find("\n\n")), {{"\n# ", "\n"}});
}

TEST(NewMigration, HasExamplesThatAreRight) {
  const std::string text = NewMigrationText(1, "m", "2025-11-21");
  const auto file = ParseMigration("0001_m.textproto",
                                   "version: 1 name: \"m\"" + Example(text, "risk") +
                                       Example(text, "criticality") + Example(text, "step") +
                                       Example(text, "invariant") + Example(text, "golden_query") +
                                       Example(text, "assertion"));

  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->migration.step_size(), 1);
  EXPECT_EQ(file->migration.assertion_size(), 1);
  EXPECT_THAT(Lint({&*file, 1}), ElementsAre(Field(&Finding::id, "critical-needs-approval")));
}

}  // namespace
}  // namespace daybook::migration
