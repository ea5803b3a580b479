#include "verify/open.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "core/errors.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

// A copy of a database, and of its journal, in the middle of a transaction that has
// written to the file already.
std::string CopyInTheMiddle(const testing::TempFolder& folder) {
  const std::string path = folder.File("whole.db");
  std::string copy = folder.File("copy.db");
  Connection db = Connection::Open(path, OpenMode::kCreate).value();
  EXPECT_THAT(db.Execute("CREATE TABLE t (a); PRAGMA cache_size = 1; BEGIN;"
                         "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
                         "INSERT INTO t SELECT zeroblob(4000) FROM n"),
              IsOk());
  std::filesystem::copy(path, copy);
  std::filesystem::copy(path + "-journal", copy + "-journal");
  return copy;
}

TEST(OpenToReadTest, SaysWhatHelpsWhereAChangeWasCutOff) {
  const testing::TempFolder folder;
  const std::string copy = CopyInTheMiddle(folder);

  const auto opened = OpenToRead(copy);

  EXPECT_THAT(opened, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(std::string(opened.status().message()), HasSubstr("copy.db was being changed"));
  EXPECT_THAT(std::string(opened.status().message()), HasSubstr("start daybookd"));
  Connection writer = Connection::Open(copy, OpenMode::kForeign).value();
  EXPECT_EQ(writer.QueryInteger("SELECT count(*) FROM t").value(), 0);
  EXPECT_THAT(OpenToRead(copy), IsOk());
}

}  // namespace
}  // namespace daybook::verify
