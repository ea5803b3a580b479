#include "migrator/store/create_store.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>

#include "db/sqlite/connection.h"
#include "db/sqlite/store_header.h"
#include "migrator/migration/failure.h"
#include "migrator/store/migrations.h"
#include "migrator/store/schema.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::migrator::store {
namespace {

namespace fs = std::filesystem;

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::StoreHeader;
using ::daybook::db::sqlite::StoreLayout;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kInsertRow[] =
    "INSERT INTO audit_logs (id, created_at, event_time, action, outcome, tenant, source,"
    " leaf_version) VALUES (0, 0, 0, 'login', 1, 'default', 3, 1)";

class CreateStoreTest : public ::testing::Test {
 protected:
  absl::Status Create(const CreateOptions& options = {}) const {
    return CreateStore(layout_, schema::StoreMigrations().front(), options);
  }
  StoreHeader Header() const { return db::sqlite::ReadStoreHeader(layout_).value(); }
  static Connection Open(const std::string& path, OpenMode mode = OpenMode::kReadWrite) {
    return Connection::Open(path, mode).value();
  }

  testing::TempFolder folder_;
  StoreLayout layout_{folder_.path()};
};

TEST_F(CreateStoreTest, MakesAStoreWithOneEmptySegment) {
  ASSERT_THAT(Create({.segment_events = 4'096}), IsOk());

  const StoreHeader header = Header();
  EXPECT_EQ(header.version.version, 1);
  EXPECT_EQ(header.version.suits_from, 1);
  EXPECT_EQ(header.segment_events, 4'096U);
  EXPECT_THAT(header.token_key, SizeIs(32));
  EXPECT_THAT(header.origin, StartsWith("daybook.local/"));
  EXPECT_THAT(header.origin, SizeIs(std::string("daybook.local/").size() + 32));
  EXPECT_THAT(layout_.SegmentNumbers().value(), ElementsAre(0));
  EXPECT_EQ(*Open(layout_.Segment(0)).QueryInteger("SELECT count(*) FROM audit_logs"), 0);
  EXPECT_TRUE(fs::exists(layout_.CatalogDb()));
}

TEST_F(CreateStoreTest, EveryFileSaysWhatItIs) {
  ASSERT_THAT(Create(), IsOk());

  for (const std::string& path :
       {layout_.LedgerDb(), layout_.CatalogDb(), layout_.TemplateDb(), layout_.Segment(0)}) {
    Connection db = Open(path, OpenMode::kReadOnly);
    EXPECT_EQ(*db.QueryInteger("PRAGMA application_id"), 0x44415942) << path;
    EXPECT_EQ(*db.QueryInteger("PRAGMA user_version"), 1) << path;
  }
}

TEST_F(CreateStoreTest, ASegmentKnowsHowItIsSealed) {
  ASSERT_THAT(Create(), IsOk());
  Connection segment = Open(layout_.Segment(0));

  auto select = segment.Prepare("SELECT statement FROM seal_index ORDER BY position").value();
  for (const std::string& statement : SealStatements()) {
    ASSERT_TRUE(select.Step().value());
    EXPECT_EQ(select.Text(0), statement);
    EXPECT_THAT(Open(layout_.Segment(0)).Execute(statement), IsOk());
  }
  EXPECT_FALSE(select.Step().value());
}

TEST_F(CreateStoreTest, NoTwoStoresShareAKeyOrAName) {
  ASSERT_THAT(Create(), IsOk());
  const testing::TempFolder other;
  ASSERT_THAT(CreateStore(StoreLayout(other.path()), schema::StoreMigrations().front(), {}),
              IsOk());

  const StoreHeader theirs = db::sqlite::ReadStoreHeader(StoreLayout(other.path())).value();

  EXPECT_NE(Header().token_key, theirs.token_key);
  EXPECT_NE(Header().origin, theirs.origin);
}

TEST_F(CreateStoreTest, ThereIsNoStoreUntilTheLedgerIsThere) {
  ASSERT_THAT(Create(), IsOk());
  fs::remove(layout_.LedgerDb());

  EXPECT_THAT(db::sqlite::ReadStoreHeader(layout_), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(ReadState(layout_)->applied, IsEmpty());
}

TEST_F(CreateStoreTest, WhatACrashLeftIsMadeAnew) {
  ASSERT_THAT(Create(), IsOk());
  fs::remove(layout_.LedgerDb());
  fs::copy_file(layout_.TemplateDb(), layout_.Segment(1));
  for (const std::string& path :
       {layout_.LedgerDb() + ".new", layout_.LedgerDb() + ".new-journal",
        layout_.CatalogDb() + ".new", layout_.TemplateDb() + ".new", layout_.Segment(0) + ".new"}) {
    std::ofstream(path) << "half a file";
  }
  std::ofstream(layout_.CatalogDb()) << "not even a database";

  ASSERT_THAT(Create(), IsOk());

  EXPECT_EQ(Header().version.version, 1);
  EXPECT_THAT(layout_.SegmentNumbers().value(), ElementsAre(0));
  EXPECT_EQ(*Open(layout_.CatalogDb()).QueryInteger("SELECT count(*) FROM segments"), 0);
}

TEST_F(CreateStoreTest, RefusesEventsWithoutALedger) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Open(layout_.Segment(0)).Execute(kInsertRow), IsOk());
  fs::remove(layout_.LedgerDb());

  const absl::Status created = Create();

  EXPECT_EQ(migration::ExitCodeOf(created), migration::ExitCode::kHistoryMismatch);
  EXPECT_THAT(migration::NextIn(created), HasSubstr("backup"));
  EXPECT_FALSE(fs::exists(layout_.LedgerDb()));
  EXPECT_EQ(*Open(layout_.Segment(0)).QueryInteger("SELECT count(*) FROM audit_logs"), 1);
}

TEST_F(CreateStoreTest, AHeaderThatLacksASettingIsDataLoss) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(
      Open(layout_.LedgerDb()).Execute("DELETE FROM store_settings WHERE name = 'token_key'"),
      IsOk());

  EXPECT_THAT(db::sqlite::ReadStoreHeader(layout_), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(db::sqlite::ReadStoredVersion(layout_), IsOk());
}

TEST_F(CreateStoreTest, AHeaderWithoutHistoryOrSegmentSizeIsDataLoss) {
  ASSERT_THAT(Create(), IsOk());
  Connection ledger = Open(layout_.LedgerDb());
  ASSERT_THAT(ledger.Execute("UPDATE store_settings SET value = '0' WHERE name = 'segment_events'"),
              IsOk());
  EXPECT_THAT(db::sqlite::ReadStoreHeader(layout_), HasCode(absl::StatusCode::kDataLoss));

  ASSERT_THAT(ledger.Execute("DELETE FROM mig_history"), IsOk());
  EXPECT_THAT(db::sqlite::ReadStoredVersion(layout_), HasCode(absl::StatusCode::kDataLoss));
}

TEST(Checksum, IsThatOfTheStatementsOfAVersion) {
  EXPECT_THAT(Checksum(1), SizeIs(64));
  EXPECT_EQ(Checksum(1), Checksum(1));
  EXPECT_NE(Checksum(1), Checksum(2));
}

}  // namespace
}  // namespace daybook::migrator::store
