#pragma once

#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "migrator/sqltext/create_table.h"
#include "support/status_matchers.h"

namespace daybook::sqltext {

// The table that `sql` says; where it cannot be read, the test fails and goes on
// with another.
inline CreateTable Parsed(const std::string& sql) {
  auto table = CreateTable::Parse(sql);
  EXPECT_THAT(table, testing::IsOk()) << sql;
  return table.ok() ? *std::move(table) : *CreateTable::Parse("CREATE TABLE unread (unread)");
}

}  // namespace daybook::sqltext
