#include "daybook/export_target.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temp_folder.h"

namespace daybook::cli {
namespace {

TEST(ExportTarget, KnowsStdoutByItsNames) {
  for (const std::string path : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    EXPECT_EQ(TargetOf(path), ExportTarget::kStdout) << path;
  }
}

TEST(ExportTarget, MakesNothingAmongDevices) {
  for (const std::string path : {"/dev/null", "/dev/full", "/dev/nulll", "/dev/stderr", "/dev/fd/7",
                                 "/dev/../dev/null", "/proc/self/fd/7"}) {
    EXPECT_EQ(TargetOf(path), ExportTarget::kDevice) << path;
  }
  EXPECT_EQ(TargetOf("/dev/shm/daybook-test-none.jsonl"), ExportTarget::kFile);
}

TEST(ExportTarget, LooksAtWhatIsThere) {
  const testing::TempFolder folder;
  std::ofstream(folder.File("file")) << "{}\n";
  ASSERT_EQ(mkfifo(folder.File("fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/null", folder.File("link"));

  EXPECT_EQ(TargetOf(folder.File("file")), ExportTarget::kFile);
  EXPECT_EQ(TargetOf(folder.File("new")), ExportTarget::kFile);
  EXPECT_EQ(TargetOf(folder.File("fifo")), ExportTarget::kDevice);
  EXPECT_EQ(TargetOf(folder.File("link")), ExportTarget::kDevice);
  EXPECT_EQ(TargetOf(folder.path()), ExportTarget::kUnfit);
  EXPECT_EQ(TargetOf(folder.path() + "/"), ExportTarget::kUnfit);
}

}  // namespace
}  // namespace daybook::cli
