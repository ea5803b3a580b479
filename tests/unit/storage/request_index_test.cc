#include "storage/sqlite/request_index.h"

#include <gtest/gtest.h>

namespace daybook::storage::sqlite {
namespace {

TEST(RequestIndex, FindsWhatWasAdded) {
  RequestIndex index;
  index.Add(RequestKey(1), Seq(7), 100);

  EXPECT_EQ(index.Find(RequestKey(1)), Seq(7));
  EXPECT_EQ(index.Find(RequestKey(2)), std::nullopt);
}

TEST(RequestIndex, ForgetsWhatIsOlder) {
  RequestIndex index;
  index.Add(RequestKey(1), Seq(1), 100);
  index.Add(RequestKey(2), Seq(2), 200);

  index.ForgetBefore(200);

  EXPECT_EQ(index.Find(RequestKey(1)), std::nullopt);
  EXPECT_EQ(index.Find(RequestKey(2)), Seq(2));
}

TEST(RequestIndex, KeepsWhatWasRecordedAnew) {
  RequestIndex index;
  index.Add(RequestKey(1), Seq(1), 100);
  index.Add(RequestKey(1), Seq(2), 200);

  index.ForgetBefore(150);

  EXPECT_EQ(index.Find(RequestKey(1)), Seq(2));
}

}  // namespace
}  // namespace daybook::storage::sqlite
