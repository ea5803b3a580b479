#include "migrator/store/store_commands.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "db/sqlite/file_lock.h"
#include "db/sqlite/store_layout.h"
#include "migrator/store/migrations.h"
#include "schema/version.h"

namespace daybook::migrator::store {
namespace {

using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::StoreLayout;

int VersionOf(const State& state) {
  return state.applied.empty() ? 0 : state.applied.back().version;
}

Report::Fields VersionFields(const State& state) {
  return {{"version", absl::StrCat(VersionOf(state))},
          {"newest", absl::StrCat(schema::NewestVersion())},
          {"pending", absl::StrCat(state.pending.size())}};
}

// A history that this build must not go on from, told; else nothing.
std::optional<ExitCode> RefuseHistory(const State& state, Report& report) {
  if (const absl::Status history = CheckHistory(state); !history.ok()) {
    return report.Result(ExitCode::kHistoryMismatch, "history_mismatch", history.message(),
                         "use the build that made the store, or restore a backup",
                         VersionFields(state));
  }
  if (VersionOf(state) > schema::NewestVersion()) {
    return report.Result(ExitCode::kNewerThanBuild, "newer_than_build",
                         absl::StrCat("the store is at version ", VersionOf(state),
                                      ", newer than this build's ", schema::NewestVersion()),
                         "use the newer build", VersionFields(state));
  }
  return std::nullopt;
}

struct Locks {
  FileLock migrate;
  FileLock service;
};

// Keeps other migrators and services away from the store; where they are there
// already, tells and sets `held`.
std::optional<Locks> TakeLocks(const StoreLayout& layout, Report& report, ExitCode& held) {
  absl::StatusOr<FileLock> migrate = FileLock::Acquire(layout.MigrateLock());
  if (!migrate.ok()) {
    held = absl::IsUnavailable(migrate.status())
               ? report.Result(ExitCode::kLockHeld, "lock_held",
                               "another daybook-migrate is at work here",
                               "wait for it, then run it again")
               : report.Fail(migrate.status());
    return std::nullopt;
  }
  absl::StatusOr<FileLock> service = FileLock::Acquire(layout.ServiceLock());
  if (!service.ok()) {
    held = absl::IsUnavailable(service.status())
               ? report.Result(ExitCode::kServiceLive, "service_live",
                               "a daybookd is running on this store", "stop it, then run it again")
               : report.Fail(service.status());
    return std::nullopt;
  }
  return Locks{.migrate = *std::move(migrate), .service = *std::move(service)};
}

ExitCode NothingPending(const State& state, Report& report) {
  return report.Result(ExitCode::kDone, "nothing_pending",
                       absl::StrCat("nothing pending: the store is at version ", VersionOf(state)),
                       "", VersionFields(state));
}

absl::Status MakeFolder(const StoreLayout& layout) {
  std::error_code error;
  std::filesystem::create_directories(layout.root(), error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("make ", layout.root()));
  return absl::OkStatus();
}

ExitCode ApplyPending(const StoreLayout& layout, const CreateOptions& options, Report& report) {
  ExitCode held = ExitCode::kDone;
  const std::optional<Locks> locks = TakeLocks(layout, report, held);
  if (!locks) return held;
  // Who held the lock before may have done the work.
  const absl::StatusOr<State> state = ReadState(layout);
  if (!state.ok()) return report.Fail(state.status());
  if (state->pending.empty()) return NothingPending(*state, report);
  for (const schema::StoreMigration& migration : state->pending) {
    report.Step("applying", absl::StrCat("applying ", migration.version, " ", migration.name),
                {{"version", absl::StrCat(migration.version)}, {"name", migration.name}});
    if (absl::Status applied = RunMigration(layout, migration, options); !applied.ok()) {
      return report.Fail(applied);
    }
  }
  return report.Result(ExitCode::kDone, "applied",
                       absl::StrCat("applied: the store is at version ", schema::NewestVersion()),
                       "",
                       {{"version", absl::StrCat(schema::NewestVersion())},
                        {"applied", absl::StrCat(state->pending.size())}});
}

}  // namespace

ExitCode Apply(const std::string& folder, const CreateOptions& options, Report& report) {
  const StoreLayout layout(folder);
  const absl::StatusOr<State> state = ReadState(layout);
  if (!state.ok()) return report.Fail(state.status());
  if (const auto refused = RefuseHistory(*state, report)) return *refused;
  if (state->pending.empty()) return NothingPending(*state, report);
  if (absl::Status made = MakeFolder(layout); !made.ok()) return report.Fail(made);
  return ApplyPending(layout, options, report);
}

ExitCode Status(const std::string& folder, bool exit_code_tells, Report& report) {
  const absl::StatusOr<State> state = ReadState(StoreLayout(folder));
  if (!state.ok()) return report.Fail(state.status());
  for (const Applied& applied : state->applied) {
    report.Step("applied",
                absl::StrCat("applied  ", applied.version, " ", applied.name, "  ",
                             applied.applied_at, "  by ", applied.applied_by),
                {{"version", absl::StrCat(applied.version)},
                 {"name", applied.name},
                 {"applied_at", applied.applied_at},
                 {"applied_by", applied.applied_by},
                 {"suits_from", absl::StrCat(applied.suits_from)},
                 {"checksum", applied.checksum}});
  }
  for (const schema::StoreMigration& migration : state->pending) {
    report.Step("pending", absl::StrCat("pending  ", migration.version, " ", migration.name),
                {{"version", absl::StrCat(migration.version)}, {"name", migration.name}});
  }
  if (const auto refused = RefuseHistory(*state, report)) return *refused;
  if (state->pending.empty()) return NothingPending(*state, report);
  return report.Result(exit_code_tells ? ExitCode::kPending : ExitCode::kDone, "pending",
                       absl::StrCat(state->pending.size(), " pending: the store is at version ",
                                    VersionOf(*state), " of ", schema::NewestVersion()),
                       absl::StrCat("daybook-migrate apply --database sqlite:", folder),
                       VersionFields(*state));
}

}  // namespace daybook::migrator::store
