#include "journal/work_pool.h"

#include <atomic>
#include <future>
#include <utility>

#include <gtest/gtest.h>

namespace daybook::journal {
namespace {

TEST(WorkPool, DoesWhatItIsGiven) {
  WorkPool pool(2, 8);
  std::promise<int> done;
  WorkPool::Work work = [&done] { done.set_value(7); };

  ASSERT_TRUE(pool.TryAdd(work));

  EXPECT_EQ(done.get_future().get(), 7);
}

TEST(WorkPool, RefusesWorkWhereTooMuchWaits) {
  std::promise<void> begun;
  std::promise<void> go;
  WorkPool pool(1, 1);
  WorkPool::Work hanging = [&begun, wait = go.get_future().share()] {
    begun.set_value();
    wait.wait();
  };
  ASSERT_TRUE(pool.TryAdd(hanging));
  begun.get_future().wait();
  WorkPool::Work waits = [] {};
  ASSERT_TRUE(pool.TryAdd(waits));
  bool was_done = false;
  WorkPool::Work refused = [&was_done] { was_done = true; };

  EXPECT_FALSE(pool.TryAdd(refused));

  go.set_value();
  ASSERT_TRUE(static_cast<bool>(refused)) << "the work must be untouched";
  std::move(refused)();
  EXPECT_TRUE(was_done);
}

TEST(WorkPool, DoesWhatWaitsBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    WorkPool pool(2, 100);
    for (int i = 0; i < 50; ++i) {
      WorkPool::Work work = [&done] { ++done; };
      ASSERT_TRUE(pool.TryAdd(work));
    }
  }

  EXPECT_EQ(done, 50);
}

}  // namespace
}  // namespace daybook::journal
