#include "db/sqlite/statement.h"

#include <utility>

#include "core/status_macros.h"
#include "db/sqlite/guard.h"

namespace daybook::db::sqlite {

Statement::Statement(std::unique_ptr<SQLite::Statement> statement)
    : statement_(std::move(statement)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

void Statement::BindInteger(int parameter, int64_t value) {
  bind_error_.Update(Guard("bind", [&] { statement_->bind(parameter, value); }));
}

void Statement::BindText(int parameter, const std::string& value) {
  bind_error_.Update(Guard("bind", [&] { statement_->bindNoCopy(parameter, value); }));
}

void Statement::BindBlob(int parameter, absl::string_view value) {
  bind_error_.Update(Guard("bind", [&] {
    statement_->bindNoCopy(parameter, static_cast<const void*>(value.data()),
                           static_cast<int>(value.size()));
  }));
}

void Statement::BindNull(int parameter) {
  bind_error_.Update(Guard("bind", [&] { statement_->bind(parameter); }));
}

absl::StatusOr<bool> Statement::Step() {
  DAYBOOK_RETURN_IF_ERROR(std::exchange(bind_error_, absl::OkStatus()));
  bool has_row = false;
  DAYBOOK_RETURN_IF_ERROR(Guard("step", [&] { has_row = statement_->executeStep(); }));
  return has_row;
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> has_row = true;
  while (has_row.ok() && *has_row) has_row = Step();
  Reset();
  return has_row.status();
}

// Reset repeats the error of the step before it, which was told already.
void Statement::Reset() { statement_->tryReset(); }

bool Statement::IsNull(int column) const { return statement_->getColumn(column).isNull(); }

int64_t Statement::Integer(int column) const { return statement_->getColumn(column).getInt64(); }

absl::string_view Statement::Bytes(int column) const {
  const SQLite::Column value = statement_->getColumn(column);
  const void* const data = value.getBlob();
  return {static_cast<const char*>(data), static_cast<size_t>(value.getBytes())};
}

std::string Statement::Text(int column) const { return std::string(Bytes(column)); }

}  // namespace daybook::db::sqlite
