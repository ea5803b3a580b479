#include "db/sqlite/statement_cache.h"

#include <algorithm>
#include <cstddef>

#include "core/status_macros.h"

namespace daybook::db::sqlite {
namespace {

constexpr size_t kMostIdle = 8;

}  // namespace

absl::StatusOr<StatementCache::Lease> StatementCache::Prepare(Connection& connection,
                                                              const std::string& sql) {
  const auto found = std::find_if(idle_->begin(), idle_->end(),
                                  [&sql](const Prepared& prepared) { return prepared.sql == sql; });
  if (found != idle_->end()) {
    auto prepared = std::make_unique<Prepared>(std::move(*found));
    idle_->erase(found);
    return Lease(std::move(prepared), *idle_);
  }
  DAYBOOK_ASSIGN_OR_RETURN(Statement statement, connection.Prepare(sql));
  return Lease(std::make_unique<Prepared>(Prepared{.sql = sql, .statement = std::move(statement)}),
               *idle_);
}

StatementCache::Lease::~Lease() {
  if (prepared_ == nullptr) return;
  prepared_->statement.Clear();
  if (idle_->size() == kMostIdle) idle_->erase(idle_->begin());
  idle_->push_back(std::move(*prepared_));
}

}  // namespace daybook::db::sqlite
