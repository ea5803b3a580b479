#include "storage/sqlite/request_index.h"

#include <gmock/gmock.h>

namespace daybook::storage::sqlite {
namespace {

using ::testing::UnorderedElementsAre;

TEST(RequestIndex, FindsWhatWasAdded) {
  RequestIndex index;
  index.Add(RequestKey(1), Seq(7));

  EXPECT_EQ(index.Find(RequestKey(1)), Seq(7));
  EXPECT_EQ(index.Find(RequestKey(2)), std::nullopt);
}

TEST(RequestIndex, FindsTheLastOfSeveral) {
  RequestIndex index;
  index.Add(RequestKey(1), Seq(1));
  index.Add(RequestKey(1), Seq(2));

  EXPECT_EQ(index.Find(RequestKey(1)), Seq(2));
}

TEST(RequestIndex, ListsTheDigestOfEachRequestOnce) {
  RequestIndex index;
  index.Add(RequestKey(1), Seq(1));
  index.Add(RequestKey(2), Seq(2));
  index.Add(RequestKey(1), Seq(3));

  EXPECT_THAT(index.Digests(),
              UnorderedElementsAre(DigestOf(RequestKey(1)), DigestOf(RequestKey(2))));
}

}  // namespace
}  // namespace daybook::storage::sqlite
