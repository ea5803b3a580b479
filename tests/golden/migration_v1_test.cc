#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "golden/golden_file.h"
#include "migrator/migration/migration_set.h"
#include "support/status_matchers.h"

namespace daybook::golden {
namespace {

using ::daybook::testing::IsOk;

// A database remembers these for ever: a migration that gets another checksum is
// taken for one that was changed after it was applied.
TEST(MigrationV1, ChecksumsAreWhatTheyAlwaysWere) {
  const auto set = migration::MigrationSet::Read(PathOf("migration_v1"));
  ASSERT_THAT(set, IsOk());

  std::string checksums;
  for (const migration::MigrationFile& file : set->files()) {
    absl::StrAppend(&checksums, file.checksum, "  ", file.file_name, "\n");
  }
  EXPECT_EQ(checksums, ReadGolden("migration_v1.txt"));
}

}  // namespace
}  // namespace daybook::golden
