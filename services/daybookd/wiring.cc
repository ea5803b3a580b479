#include "daybookd/wiring.h"

#include <filesystem>
#include <functional>
#include <iostream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybookd/key_rotation.h"
#include "daybookd/rollback.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/store_header.h"
#include "query/page_token.h"
#include "schema/version.h"
#include "signer/log_signer.h"
#include "signer/signer_folder.h"
#include "storage/manifest.h"
#include "storage/sqlite/ledger_db.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "witness/known_logs.h"
#include "witness/witness_folder.h"

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

// Whoever puts back the store must not put back what was signed.
bool IsInside(const std::string& folder, const StoreLayout& layout) {
  std::error_code error;
  const std::filesystem::path inside =
      std::filesystem::weakly_canonical(folder, error)
          .lexically_relative(std::filesystem::weakly_canonical(layout.root(), error));
  return !error && !inside.empty() && *inside.begin() != "..";
}

absl::Status CheckOutside(const signer::SignerFolder& folder, const StoreLayout& layout) {
  if (!IsInside(folder.path(), layout)) return absl::OkStatus();
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused,
      absl::StrCat("the signer's directory, ", folder.path(),
                   ", lies in the data directory: a store that is put back would bring back what "
                   "was signed, and nobody would notice; --signer-dir names another"));
}

absl::Status WitnessError(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kWitnessNotConfigured, why);
}

// All that it looks after, as KnownLogs reads them.
absl::StatusOr<witness::KnownLogs> KnownLogsOf(const Config& config) {
  std::string lines;
  if (!config.witness_logs_file.empty()) {
    const auto file = db::sqlite::ReadIfThere(config.witness_logs_file);
    if (!file.ok()) return WitnessError(file.status().message());
    if (!*file) return WitnessError(absl::StrCat("cannot read ", config.witness_logs_file));
    lines = **file;
  }
  absl::StrAppend(&lines, "\n", absl::StrJoin(config.witness_logs, "\n"));
  absl::StatusOr<witness::KnownLogs> logs = witness::KnownLogs::Parse(lines);
  if (logs.ok()) return logs;
  return WitnessError(absl::StrCat(config.witness_logs_file, ": ", logs.status().message()));
}

// They were checked when the command line was read.
std::vector<ledger::VerifierKey> TrustedWitnessesOf(const Config& config) {
  std::vector<ledger::VerifierKey> keys;
  keys.reserve(config.trusted_witnesses.size());
  for (const std::string& text : config.trusted_witnesses) {
    if (auto key = ledger::VerifierKey::Parse(text); key.ok()) keys.push_back(*std::move(key));
  }
  return keys;
}

// Puts each checkpoint where others fetch it.
std::function<absl::Status(const std::string&)> AnnouncerOf(const Config& config) {
  if (config.publish_checkpoint.empty()) return {};
  if (config.publish_checkpoint != "-") {
    return [path = config.publish_checkpoint](const std::string& note) {
      return db::sqlite::WriteDurably(note, path);
    };
  }
  return [](const std::string& note) {
    std::cout << note << std::flush;
    return std::cout.good() ? absl::OkStatus()
                            : absl::UnavailableError("standard output cannot be written");
  };
}

// Those that the events cannot tell otherwise only, where they may be another history's.
absl::StatusOr<std::vector<ledger::Hash>> SubtreesOf(const Config& config,
                                                     storage::sqlite::LedgerDb& ledger) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<ledger::Hash> subtrees, ledger.Subtrees());
  if (!config.accept_rollback) return subtrees;
  DAYBOOK_ASSIGN_OR_RETURN(const Seq begin, ledger.Begin());
  subtrees.resize(begin.value() >> storage::kSubtreeHeight);
  return subtrees;
}

// All that the journal uses of a store at this version.
absl::StatusOr<journal::Journal::Parts> OpenParts(const Config& config, const StoreLayout& layout,
                                                  db::sqlite::StoreHeader header,
                                                  const journal::Journal::Surroundings& around) {
  const signer::SignerFolder folder(
      SignerDirOf(config), {.key = config.signing_key, .next_key = config.next_signing_key});
  DAYBOOK_RETURN_IF_ERROR(CheckOutside(folder, layout));
  DAYBOOK_ASSIGN_OR_RETURN(event::EventRules rules, event::EventRules::Compile());
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<storage::sqlite::LedgerDb> ledger,
                           storage::sqlite::LedgerDb::Open(layout));
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<ledger::Hash> subtrees, SubtreesOf(config, *ledger));
  DAYBOOK_ASSIGN_OR_RETURN(auto events, storage::sqlite::SqliteEventStore::Open(
                                            {.layout = layout,
                                             .segment_events = header.segment_events,
                                             .subtrees = std::move(subtrees),
                                             .retention = ledger},
                                            around.clock, around.metrics, around.log));
  const StoreParts parts{.events = *events,
                         .ledger = *ledger,
                         .folder = folder,
                         .span_events = storage::SpanEvents(header.segment_events),
                         .rules = rules,
                         .clock = around.clock,
                         .metrics = around.metrics,
                         .log = around.log};
  if (config.accept_rollback) {
    DAYBOOK_ASSIGN_OR_RETURN(header.origin, AcceptRollback(header.origin, parts));
  }
  DAYBOOK_ASSIGN_OR_RETURN(auto signer, signer::LogSigner::Open(folder, header.origin));
  DAYBOOK_RETURN_IF_ERROR(DeclareKeys(signer, parts));
  return journal::Journal::Parts{.events = std::move(events),
                                 .checkpoints = ledger,
                                 .erasures = ledger,
                                 .manifests = ledger,
                                 .retention = ledger,
                                 .snapshots = ledger,
                                 .signer = std::move(signer),
                                 .witnesses = TrustedWitnessesOf(config),
                                 .rules = std::move(rules),
                                 .tokens = query::PageTokens(std::move(header.token_key))};
}

// Verifies what the log's own keys have signed. Nothing where it is not to.
std::unique_ptr<scrub::Scrubber> ScrubberOf(const Config& config,
                                            std::vector<ledger::VerifierKey> keys,
                                            const journal::Journal::Surroundings& around) {
  if (config.scrub_rate == 0) return nullptr;
  return std::make_unique<scrub::Scrubber>(
      scrub::Scrub({.layout = LayoutOf(config),
                    .keys = std::move(keys),
                    .clock = around.clock,
                    .metrics = around.metrics,
                    .log = around.log},
                   {.rate = config.scrub_rate, .pause = absl::Seconds(config.scrub_pause)}));
}

}  // namespace

StoreLayout LayoutOf(const Config& config) { return StoreLayout(config.data_dir); }

absl::StatusOr<std::unique_ptr<witness::Witness>> OpenWitnessOf(const Config& config,
                                                                const Clock& clock,
                                                                telemetry::Metrics& metrics,
                                                                telemetry::Log& log) {
  DAYBOOK_ASSIGN_OR_RETURN(witness::KnownLogs logs, KnownLogsOf(config));
  if (logs.empty()) return nullptr;
  witness::WitnessFolder folder(WitnessDirOf(config), config.witness_key);
  if (IsInside(folder.path(), LayoutOf(config))) {
    return WitnessError(absl::StrCat(
        "the witness's directory, ", folder.path(),
        ", lies in the data directory: a store that is put back would bring back what was "
        "cosigned, and the witness would cosign another history; --witness-dir names another"));
  }
  return witness::Witness::Open(std::move(folder), config.witness_name, std::move(logs),
                                {.clock = clock, .metrics = metrics, .log = log});
}

absl::StatusOr<OpenStore> OpenStoreOf(const Config& config,
                                      const std::optional<detect::Rules>& rules, const Clock& clock,
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
  const uint64_t span_events = storage::SpanEvents(header.segment_events);
  const journal::Journal::Surroundings around{.clock = clock, .metrics = metrics, .log = log};
  DAYBOOK_ASSIGN_OR_RETURN(journal::Journal::Parts parts,
                           OpenParts(config, layout, std::move(header), around));
  std::vector<ledger::VerifierKey> keys = parts.signer.known();
  DAYBOOK_ASSIGN_OR_RETURN(
      auto journal,
      journal::Journal::Open(std::move(parts), around,
                             {.commit_limits = {.max_waiting_events = config.max_waiting_events,
                                                .max_waiting_bytes = config.max_waiting_mib << 20},
                              .checkpoints = {.announce = AnnouncerOf(config)},
                              .summaries = {.span_events = span_events},
                              .min_retention = absl::Hours(24) * config.min_retention,
                              .detections = rules,
                              .tail_patience = absl::Seconds(config.tail_patience)}));
  auto spool = std::make_unique<journal::SpoolWatch>(
      journal::SpoolImport(spool::SpoolFolder(SpoolDirOf(config)),
                           {.journal = *journal, .clock = clock, .metrics = metrics, .log = log}),
      kSpoolPause);
  return OpenStore{.lock = std::move(lock),
                   .journal = std::move(journal),
                   .spool = std::move(spool),
                   .scrubber = ScrubberOf(config, std::move(keys), around)};
}

}  // namespace daybook::daybookd
