#include "query/field.h"

#include <gtest/gtest.h>

namespace daybook::query {
namespace {

TEST(FindField, KnowsHowAFieldIsWrittenAndStored) {
  ASSERT_NE(FindField("seq"), nullptr);
  EXPECT_EQ(FindField("seq")->column, "id");
  EXPECT_EQ(FindField("seq")->kind, FieldKind::kInteger);
  EXPECT_EQ(FindField("action")->column, "action");
  EXPECT_EQ(FindField("action")->kind, FieldKind::kText);
  EXPECT_EQ(FindField("event_time")->kind, FieldKind::kTime);
  EXPECT_EQ(FindField("outcome")->kind, FieldKind::kOutcome);
  EXPECT_EQ(FindField("source")->kind, FieldKind::kSource);
  EXPECT_EQ(FindField("ip_address")->kind, FieldKind::kIpAddress);
  EXPECT_EQ(FindField("details")->kind, FieldKind::kJson);
  EXPECT_EQ(FindField("public_details")->kind, FieldKind::kJson);
}

TEST(FindField, KnowsNoOtherNames) {
  for (const char* name : {"", "id", "Action", "action ", "details.amount", "leaf_hash", "salt"}) {
    EXPECT_EQ(FindField(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace daybook::query
