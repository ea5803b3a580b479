#include "migrator/process/child.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::process {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

class ChildTest : public ::testing::Test {
 protected:
  // A script and its first argument, the folder of the test.
  Command Script(const std::string& text) const {
    return {.arguments = {"sh", "-c", text, "sh", folder_.path()}};
  }

  std::string Read(const std::string& name) const {
    std::ifstream file(folder_.File(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  static absl::Status Run(const Command& command) {
    absl::StatusOr<Child> child = Child::Start(command);
    return child.ok() ? child->Wait(absl::Now() + absl::Minutes(1), nullptr) : child.status();
  }

  const testing::TempFolder folder_;
};

TEST_F(ChildTest, GetsItsInputAndItsEnvironment) {
  Command command = Script("cat > \"$1/in\"; echo $PATH $HOME > \"$1/env\"");
  command.input = std::string(1 << 20, 'x');
  command.environment = {"HOME=done"};

  EXPECT_THAT(Run(command), IsOk());

  EXPECT_EQ(Read("in"), command.input);
  const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  EXPECT_EQ(Read("env"), absl::StrCat(path, " done\n"));
}

TEST_F(ChildTest, ThatFailsSaysHow) {
  const absl::Status ended = Run(Script("exit 3"));
  EXPECT_THAT(ended, HasCode(absl::StatusCode::kAborted));
  EXPECT_THAT(std::string(ended.message()), HasSubstr("ended with 3"));
  EXPECT_THAT(std::string(Run(Script("kill -9 $$")).message()), HasSubstr("signal 9"));
}

TEST_F(ChildTest, ThatCannotBeStartedIsAnError) {
  EXPECT_FALSE(Child::Start({.arguments = {folder_.File("missing")}}).ok());
  EXPECT_FALSE(Child::Start({.arguments = {}}).ok());
}

TEST_F(ChildTest, AndWhatItStartedAreKilledAfterTheDeadline) {
  absl::StatusOr<Child> child = Child::Start(Script("sleep 600 & echo $! > \"$1/pid\"; wait"));
  ASSERT_THAT(child, IsOk());
  while (Read("pid").empty()) absl::SleepFor(absl::Milliseconds(1));

  EXPECT_THAT(child->Wait(absl::Now(), nullptr), HasCode(absl::StatusCode::kDeadlineExceeded));

  // The kernel takes its time, and nobody may reap it.
  const std::string path = absl::StrCat("/proc/", std::stoi(Read("pid")), "/status");
  const auto runs = [&path] {
    std::ifstream status(path);
    const std::string text{std::istreambuf_iterator<char>(status), {}};
    return !text.empty() && !absl::StrContains(text, "zombie") && !absl::StrContains(text, "dead");
  };
  const absl::Time deadline = absl::Now() + absl::Minutes(1);
  while (runs() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_FALSE(runs());
}

TEST_F(ChildTest, IsNotWaitedForOnceAskedToStop) {
  absl::StatusOr<Child> child = Child::Start(Script("sleep 600"));
  ASSERT_THAT(child, IsOk());
  const std::atomic<bool> stop = true;

  EXPECT_THAT(child->Wait(absl::InfiniteFuture(), &stop), HasCode(absl::StatusCode::kCancelled));
}

TEST_F(ChildTest, ThatIsAbandonedGoesOn) {
  {
    absl::StatusOr<Child> child = Child::Start(
        Script("while [ ! -e \"$1/go\" ]; do sleep 0.01; done; echo on > \"$1/done\""));
    ASSERT_THAT(child, IsOk());
    EXPECT_FALSE(child->HasEnded());
    child->Abandon();
  }
  std::ofstream(folder_.File("go")) << "go";

  const absl::Time deadline = absl::Now() + absl::Minutes(1);
  while (Read("done").empty() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(Read("done"), "on\n");
}

}  // namespace
}  // namespace daybook::process
