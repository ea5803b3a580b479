#include "migrator/backup/upload.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "migrator/backup/create.h"
#include "migrator/backup/verify.h"
#include "support/backup_case.h"

namespace daybook::migrator::backup {
namespace {

namespace fs = std::filesystem;

using ::daybook::migration::ExitCode;
using ::daybook::testing::BackupCase;
using ::daybook::testing::FailsWith;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::ReadBytes;
using ::daybook::testing::WriteBytes;
using ::testing::HasSubstr;

class UploadTest : public BackupCase {
 protected:
  std::string Script(const std::string& text) const {
    std::string path = keys_.File("upload");
    WriteBytes(path, "#!/bin/sh\n" + text + "\n");
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }

  NewBackup With(const std::string& text, Upload::Policy policy = Upload::Policy::kRequired) const {
    return {.upload = Upload{.command = Script(text), .policy = policy}};
  }
};

TEST_F(UploadTest, GetsTheBackupAndItsManifestOnceItIsVerified) {
  const auto made = Create(With("cp \"$1\" \"$2\" " + keys_.path()));

  ASSERT_THAT(made, IsOk());
  EXPECT_TRUE(made->has_uploaded_at());
  EXPECT_TRUE(ReadManifest(ManifestPath(Job(), *made)).value().has_uploaded_at());
  EXPECT_EQ(ReadBytes(keys_.File(made->file())), ReadBytes(PathOf(*made)));
  EXPECT_THAT(ReadBytes(keys_.File(made->id() + ".json")), HasSubstr("verified_at"));
}

TEST_F(UploadTest, ThatIsRequiredAndFailsLeavesTheBackupAndTheMigrationOut) {
  const auto failed = Create(With("exit 3"));

  EXPECT_THAT(failed, FailsWith(ExitCode::kBackup));
  EXPECT_THAT(std::string(failed.status().message()), HasSubstr("ended with 3"));

  const auto again = Create(With("exit 0"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->attempts(), 2U) << "the backup was made anew";
  EXPECT_TRUE(again->has_uploaded_at());
}

TEST_F(UploadTest, ThatWasDoneIsNotDoneAgain) {
  ASSERT_THAT(Create(With("exit 0")), IsOk());

  EXPECT_THAT(Create(With("exit 1")), IsOk());
}

TEST_F(UploadTest, ThatIsBestEffortAndFailsIsToldAndNoMore) {
  const auto made = Create(With("kill -9 $$", Upload::Policy::kBestEffort));

  ASSERT_THAT(made, IsOk());
  EXPECT_FALSE(made->has_uploaded_at());
  EXPECT_TRUE(WasNoted("warning: the upload command"));
}

TEST_F(UploadTest, ByAProgramThatIsMissingFails) {
  NewBackup wanted;
  wanted.upload = Upload{.command = keys_.File("none")};

  EXPECT_THAT(Create(wanted), FailsWith(ExitCode::kBackup));
}

TEST_F(UploadTest, ThatHangsIsEndedWithAllItStarted) {
  NewBackup wanted = With("sleep 600 & wait");
  wanted.upload->deadline = absl::ZeroDuration();

  EXPECT_THAT(Create(wanted), FailsWith(ExitCode::kBackup));
}

TEST_F(UploadTest, EndsWhenTheRunIsToStop) {
  Manifest made = Create().value();
  const std::atomic<bool> stop = true;
  BackupJob job = Job();
  job.stop = &stop;

  EXPECT_THAT(UploadBackup(job, {.command = Script("sleep 600")}, made),
              HasCode(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace daybook::migrator::backup
