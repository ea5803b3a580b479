#include "journal/work_pool.h"

#include <atomic>
#include <future>
#include <thread>
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

// Two that never end of themselves, on a pool that does two things at once.
TEST(WorkPool, WorkThatTakesLongLetsOtherWorkGoFirst) {
  std::atomic<bool> is_over = false;
  std::promise<void> done;
  WorkPool pool(2, 8);
  for (int i = 0; i < 2; ++i) {
    WorkPool::Work takes_long = [&] {
      while (!is_over) pool.GiveWay();
    };
    ASSERT_TRUE(pool.TryAdd(takes_long));
  }
  WorkPool::Work is_short = [&done] { done.set_value(); };
  ASSERT_TRUE(pool.TryAdd(is_short));

  done.get_future().wait();

  is_over = true;
}

// Ten that never end of themselves take turns; what comes new waits for two of them at most.
TEST(WorkPool, NewWorkDoesNotWaitForAllThatGaveWay) {
  std::atomic<bool> is_over = false;
  std::atomic<int> begun = 0;
  std::atomic<int> turn_of = -1;
  std::atomic<int> turns = 0;
  std::promise<int> done;
  WorkPool pool(1, 16);
  for (int i = 0; i < 10; ++i) {
    WorkPool::Work takes_long = [&, i] {
      ++begun;
      while (!is_over) {
        if (turn_of.exchange(i) != i) ++turns;
        pool.GiveWay();
      }
    };
    ASSERT_TRUE(pool.TryAdd(takes_long));
  }
  while (begun < 10) std::this_thread::yield();
  WorkPool::Work is_short = [&] { done.set_value(turns); };
  ASSERT_TRUE(pool.TryAdd(is_short));
  const int turns_before = turns;

  EXPECT_LE(done.get_future().get() - turns_before, 3);

  is_over = true;
}

TEST(WorkPool, NoMoreWorkAtOnceThanThereAreTurns) {
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  {
    WorkPool pool(2, 100);
    for (int i = 0; i < 20; ++i) {
      WorkPool::Work work = [&] {
        for (int step = 0; step < 100; ++step) {
          const int now = ++at_once;
          int before = most;
          while (now > before && !most.compare_exchange_weak(before, now)) {
          }
          std::this_thread::yield();
          --at_once;
          pool.GiveWay();
        }
      };
      ASSERT_TRUE(pool.TryAdd(work));
    }
  }

  EXPECT_LE(most, 2);
}

TEST(WorkPool, OtherThreadsDoNotGiveWay) {
  WorkPool pool(1, 1);

  pool.GiveWay();
}

}  // namespace
}  // namespace daybook::journal
