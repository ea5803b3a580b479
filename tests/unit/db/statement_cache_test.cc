#include "db/sqlite/statement_cache.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::db::sqlite {
namespace {

using ::daybook::testing::IsOk;

constexpr char kSorted[] = "SELECT a FROM t WHERE a <> ?1 ORDER BY a";

class StatementCacheTest : public ::testing::Test {
 protected:
  StatementCacheTest() : db_(Connection::Open(folder_.File("test.db"), OpenMode::kCreate).value()) {
    EXPECT_THAT(db_.Execute("CREATE TABLE t (a); INSERT INTO t VALUES (2), (1)"), IsOk());
  }

  StatementCache::Lease Prepare(const std::string& sql) { return cache_.Prepare(db_, sql).value(); }

  testing::TempFolder folder_;
  Connection db_;
  StatementCache cache_;
};

// That it has sorted is known of a statement, and stays known.
TEST_F(StatementCacheTest, TheSameSqlIsPreparedOnce) {
  {
    const StatementCache::Lease select = Prepare(kSorted);
    select->BindInteger(1, 0);
    EXPECT_EQ(select->Step().value(), true);
    EXPECT_TRUE(select->HasSorted());
  }

  EXPECT_TRUE(Prepare(kSorted)->HasSorted());
}

TEST_F(StatementCacheTest, WhatComesBackIsAsNew) {
  {
    const StatementCache::Lease select = Prepare(kSorted);
    select->BindInteger(1, 0);
    EXPECT_EQ(select->Step().value(), true);
  }
  const StatementCache::Lease again = Prepare(kSorted);
  EXPECT_EQ(again->Step().value(), false);  // nothing differs from NULL
  again->Reset();
  again->BindInteger(1, 1);

  EXPECT_EQ(again->Step().value(), true);
  EXPECT_EQ(again->Integer(0), 2);
}

// It would keep others from the file.
TEST_F(StatementCacheTest, WhatComesBackReadsNoMore) {
  {
    const StatementCache::Lease select = Prepare("SELECT a FROM t");
    EXPECT_EQ(select->Step().value(), true);
  }

  EXPECT_THAT(db_.Execute("DROP TABLE t"), IsOk());
}

TEST_F(StatementCacheTest, OneThatIsInUseIsNotGivenAgain) {
  const StatementCache::Lease one = Prepare("SELECT a FROM t ORDER BY rowid");
  EXPECT_EQ(one->Step().value(), true);
  const StatementCache::Lease other = Prepare("SELECT a FROM t ORDER BY rowid");
  EXPECT_EQ(other->Step().value(), true);
  EXPECT_EQ(other->Step().value(), true);

  EXPECT_EQ(one->Integer(0), 2);
  EXPECT_EQ(other->Integer(0), 1);
}

TEST_F(StatementCacheTest, MoreThanItKeepsCanBeInUse) {
  for (int round = 0; round < 2; ++round) {
    std::vector<StatementCache::Lease> leases;
    leases.reserve(20);
    for (int i = 0; i < 20; ++i) leases.push_back(Prepare(absl::StrCat("SELECT ", i)));
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(leases.at(static_cast<size_t>(i))->Step().value(), true);
      EXPECT_EQ(leases.at(static_cast<size_t>(i))->Integer(0), i);
    }
  }
}

TEST_F(StatementCacheTest, WhatCannotBePreparedIsSaid) {
  EXPECT_FALSE(cache_.Prepare(db_, "SELECT FROM").ok());
}

TEST_F(StatementCacheTest, LeasesOutlastAMoveOfTheCache) {
  StatementCache moved;
  StatementCache::Lease select = Prepare("SELECT 7");
  moved = std::move(cache_);

  EXPECT_EQ(select->Step().value(), true);
  EXPECT_EQ(select->Integer(0), 7);
}

}  // namespace
}  // namespace daybook::db::sqlite
