#include "db/sqlite/store_header.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/durable_file.h"

namespace daybook::db::sqlite {
namespace {

constexpr char kNewestVersion[] =
    "SELECT version, suits_from FROM mig_history ORDER BY version DESC LIMIT 1";
constexpr char kSetting[] = "SELECT value FROM store_settings WHERE name = ?1";

absl::Status DamagedError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         absl::StrCat("ledger.db: ", what));
}

absl::StatusOr<Connection> OpenLedger(const StoreLayout& layout) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, Exists(layout.LedgerDb()));
  if (!exists) return absl::NotFoundError(absl::StrCat("no store in ", layout.root()));
  return Connection::Open(layout.LedgerDb(), OpenMode::kReadOnly);
}

absl::StatusOr<schema::StoredVersion> VersionIn(Connection& ledger) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement statement, ledger.PrepareKnown(kNewestVersion));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, statement.Step());
  if (!has_row) return DamagedError("no migration in mig_history");
  return schema::StoredVersion{.version = static_cast<int>(statement.Integer(0)),
                               .suits_from = static_cast<int>(statement.Integer(1))};
}

absl::StatusOr<std::string> SettingIn(Connection& ledger, const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement statement, ledger.PrepareKnown(kSetting));
  statement.BindText(1, name);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, statement.Step());
  if (!has_row) return DamagedError(absl::StrCat("no setting ", name));
  return statement.Text(0);
}

}  // namespace

absl::StatusOr<schema::StoredVersion> ReadStoredVersion(const StoreLayout& layout) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection ledger, OpenLedger(layout));
  return VersionIn(ledger);
}

absl::StatusOr<StoreHeader> ReadStoreHeader(const StoreLayout& layout) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection ledger, OpenLedger(layout));
  StoreHeader header;
  DAYBOOK_ASSIGN_OR_RETURN(header.version, VersionIn(ledger));
  DAYBOOK_ASSIGN_OR_RETURN(header.origin, SettingIn(ledger, "origin"));
  DAYBOOK_ASSIGN_OR_RETURN(header.token_key, SettingIn(ledger, "token_key"));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string events, SettingIn(ledger, "segment_events"));
  if (!absl::SimpleAtoi(events, &header.segment_events) || header.segment_events == 0) {
    return DamagedError("segment_events is not a positive number");
  }
  return header;
}

}  // namespace daybook::db::sqlite
