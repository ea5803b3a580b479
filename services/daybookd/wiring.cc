#include "daybookd/wiring.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/store_header.h"
#include "query/page_token.h"
#include "schema/version.h"
#include "signer/log_signer.h"
#include "signer/signer_folder.h"
#include "storage/sqlite/ledger_db.h"
#include "storage/sqlite/sqlite_event_store.h"

namespace daybook::daybookd {
namespace {

using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::StoreLayout;

constexpr absl::Duration kSpoolPause = absl::Seconds(3);

std::string ApplyCommand(const Config& config) {
  return absl::StrCat("daybook-migrate apply --database sqlite:", config.data_dir);
}

absl::Status SchemaOutdatedError(absl::string_view message) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSchemaOutdated, message);
}

absl::Status CheckFit(const Config& config, const schema::StoredVersion& stored) {
  switch (schema::FitOf(stored)) {
    case schema::Fit::kServes:
      return absl::OkStatus();
    case schema::Fit::kStoreTooOld:
      return SchemaOutdatedError(absl::StrCat("the store is at version ", stored.version,
                                              " and this build needs ", schema::ServedVersions(),
                                              "; run `", ApplyCommand(config), "`"));
    case schema::Fit::kStoreTooNew:
      return SchemaOutdatedError(absl::StrCat(
          "the store is at version ", stored.version, " and needs a build for version ",
          stored.suits_from, " or later; this one is for ", schema::NewestVersion(),
          ": start a newer daybookd, or look at `daybook-migrate status --database sqlite:",
          config.data_dir, "`"));
  }
  return absl::InternalError("unknown fit");
}

absl::Status NoStoreError(const Config& config) {
  return absl::NotFoundError(
      absl::StrCat("there is no store in ", config.data_dir, "; run `", ApplyCommand(config), "`"));
}

}  // namespace

StoreLayout LayoutOf(const Config& config) { return StoreLayout(config.data_dir); }

absl::StatusOr<OpenStore> OpenStoreOf(const Config& config, const Clock& clock,
                                      telemetry::Metrics& metrics, telemetry::Log& log) {
  const StoreLayout layout = LayoutOf(config);
  const auto version = db::sqlite::ReadStoredVersion(layout);
  if (absl::IsNotFound(version.status())) return NoStoreError(config);
  if (!version.ok()) return version.status();
  DAYBOOK_RETURN_IF_ERROR(CheckFit(config, *version));

  DAYBOOK_ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(layout.ServiceLock()));
  DAYBOOK_ASSIGN_OR_RETURN(db::sqlite::StoreHeader header, db::sqlite::ReadStoreHeader(layout));
  // Between the look and the lock a migrator may have been at work.
  DAYBOOK_RETURN_IF_ERROR(CheckFit(config, header.version));
  DAYBOOK_ASSIGN_OR_RETURN(event::EventRules rules, event::EventRules::Compile());
  DAYBOOK_ASSIGN_OR_RETURN(auto checkpoints, storage::sqlite::LedgerDb::Open(layout));
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<ledger::Hash> subtrees, checkpoints->Subtrees());
  DAYBOOK_ASSIGN_OR_RETURN(
      auto store, storage::sqlite::SqliteEventStore::Open({.layout = layout,
                                                           .segment_events = header.segment_events,
                                                           .subtrees = std::move(subtrees)},
                                                          clock, metrics, log));
  DAYBOOK_ASSIGN_OR_RETURN(
      auto signer,
      signer::LogSigner::Open(signer::SignerFolder(SignerDirOf(config), config.signing_key),
                              header.origin));
  DAYBOOK_ASSIGN_OR_RETURN(
      auto journal,
      journal::Journal::Open({.events = std::move(store),
                              .checkpoints = std::move(checkpoints),
                              .signer = std::move(signer),
                              .rules = std::move(rules),
                              .tokens = query::PageTokens(std::move(header.token_key))},
                             {.clock = clock, .metrics = metrics, .log = log},
                             {.commit_limits = {.max_waiting_events = config.max_waiting_events,
                                                .max_waiting_bytes = config.max_waiting_mib << 20},
                              .checkpoints = {}}));
  auto spool = std::make_unique<journal::SpoolWatch>(
      journal::SpoolImport(spool::SpoolFolder(SpoolDirOf(config)),
                           {.journal = *journal, .clock = clock, .metrics = metrics, .log = log}),
      kSpoolPause);
  return OpenStore{
      .lock = std::move(lock), .journal = std::move(journal), .spool = std::move(spool)};
}

}  // namespace daybook::daybookd
