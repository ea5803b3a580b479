#include "journal/head_watch.h"

#include <future>

#include <gtest/gtest.h>

namespace daybook::journal {
namespace {

constexpr absl::Duration kForEver = absl::InfiniteDuration();

TEST(HeadWatch, DoesNotWaitForWhatIsThere) {
  HeadWatch head(LogSize(5));
  HeadWatch::Waiter waiter(head);

  EXPECT_EQ(waiter.WaitBeyond(LogSize(4), kForEver), LogSize(5));
}

TEST(HeadWatch, WakesWhoWaitsOnceTheLogIsLonger) {
  HeadWatch head(LogSize(5));
  HeadWatch::Waiter waiter(head);
  auto seen =
      std::async(std::launch::async, [&] { return waiter.WaitBeyond(LogSize(6), kForEver); });

  head.Advance(LogSize(6));
  head.Advance(LogSize(7));

  EXPECT_EQ(seen.get(), LogSize(7));
}

TEST(HeadWatch, WakesAllWhoWait) {
  HeadWatch head(LogSize(0));
  HeadWatch::Waiter one(head);
  HeadWatch::Waiter other(head);
  auto first = std::async(std::launch::async, [&] { return one.WaitBeyond(LogSize(0), kForEver); });
  auto second =
      std::async(std::launch::async, [&] { return other.WaitBeyond(LogSize(0), kForEver); });

  head.Advance(LogSize(1));

  EXPECT_EQ(first.get(), LogSize(1));
  EXPECT_EQ(second.get(), LogSize(1));
}

TEST(HeadWatch, NeverShrinks) {
  HeadWatch head(LogSize(5));

  head.Advance(LogSize(3));

  EXPECT_EQ(head.size(), LogSize(5));
}

TEST(HeadWatch, GivesUpOnceThePatienceIsOver) {
  HeadWatch head(LogSize(5));
  HeadWatch::Waiter waiter(head);

  EXPECT_EQ(waiter.WaitBeyond(LogSize(5), absl::Milliseconds(1)), LogSize(5));
}

TEST(HeadWatch, AWakeEndsTheWaitOnce) {
  HeadWatch head(LogSize(5));
  HeadWatch::Waiter waiter(head);
  waiter.Wake();

  EXPECT_EQ(waiter.WaitBeyond(LogSize(5), kForEver), LogSize(5));

  auto seen =
      std::async(std::launch::async, [&] { return waiter.WaitBeyond(LogSize(5), kForEver); });
  head.Advance(LogSize(6));
  EXPECT_EQ(seen.get(), LogSize(6)) << "the wake must be used up";
}

TEST(HeadWatch, AWakeReachesWhoWaitsAlready) {
  HeadWatch head(LogSize(5));
  HeadWatch::Waiter waiter(head);
  auto seen =
      std::async(std::launch::async, [&] { return waiter.WaitBeyond(LogSize(5), kForEver); });

  waiter.Wake();

  EXPECT_EQ(seen.get(), LogSize(5));
}

}  // namespace
}  // namespace daybook::journal
