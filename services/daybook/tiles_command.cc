#include "daybook/tiles_command.h"

#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybook/command_progress.h"
#include "daybook/failure.h"
#include "daybook/signed_head.h"
#include "daybook/store_leaves.h"
#include "daybook/terminal_text.h"
#include "daybook/tile_export.h"
#include "db/sqlite/store_header.h"
#include "db/sqlite/store_layout.h"
#include "schema/version.h"
#include "storage/sqlite/ledger_db.h"
#include "telemetry/log.h"

namespace daybook::cli {
namespace {

using ::daybook::db::sqlite::StoreLayout;
using ::daybook::storage::sqlite::LedgerDb;

constexpr double kTilesMib = 1 << 20;

absl::Status CheckFits(const StoreLayout& layout) {
  DAYBOOK_ASSIGN_OR_RETURN(const schema::StoredVersion version,
                           db::sqlite::ReadStoredVersion(layout));
  if (schema::FitOf(version) != schema::Fit::kServes) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSchemaOutdated,
                           absl::StrCat("the store is at version ", version.version,
                                        " and this build serves ", schema::ServedVersions()));
  }
  return absl::OkStatus();
}

absl::StatusOr<SignedHead> ReadNewestHead(LedgerDb& ledger) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<storage::StoredCheckpoint> newest, ledger.Newest());
  if (!newest) {
    return ErrorWithReason(absl::StatusCode::kNotFound, Reason::kCheckpointNotFound,
                           "the store has no checkpoint yet: daybookd signs one for its events");
  }
  absl::StatusOr<SignedHead> head = OpenSignedHead(newest->note, {});
  if (head.ok()) return head;
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         absl::StrCat("ledger.db: ", head.status().message()));
}

// Tiles of two logs in one folder would be those of neither.
absl::Status CheckSameLog(const std::string& written, const SignedHead& newest) {
  const absl::StatusOr<SignedHead> before = OpenSignedHead(written, {});
  const char* problem = nullptr;
  if (!before.ok()) {
    problem = "holds a file `checkpoint` that is none";
  } else if (before->checkpoint.origin != newest.checkpoint.origin) {
    problem = "holds the tiles of another log";
  } else if (before->checkpoint.head.size > newest.checkpoint.head.size) {
    problem = "holds the tiles of a longer log: the store was put back from a backup";
  }
  if (problem == nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the folder ", problem, "; name a new one"));
}

}  // namespace

TilesCommand::TilesCommand(CLI::App& app)
    : app_(app.add_subcommand("tiles", "Write the log as static files, C2SP tlog-tiles")) {
  app_->add_option("--data-dir", data_dir_, "The folder of the store; it is only read")
      ->envname("DAYBOOK_DATA_DIR")
      ->capture_default_str();
  app_->add_option("-o,--output", out_, "The folder to write them to; what is there is kept")
      ->required();
  app_->footer(
      "Writes what is missing, the checkpoint last: run it again and again, and let any web\n"
      "server serve the folder. No text that was written about a person is in it, but times\n"
      "and codes are: serve it to those who may read those.\n"
      "Example: daybook tiles --data-dir /var/lib/daybook -o /var/lib/daybook-tiles");
}

// Events may be dropped while they are read: what is written by then is right, and the
// rest is done anew.
absl::StatusOr<TilesCommand::Written> TilesCommand::Write(TileFolder& folder, bool json) const {
  const StoreLayout layout(data_dir_);
  DAYBOOK_RETURN_IF_ERROR(CheckFits(layout));
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<LedgerDb> ledger, LedgerDb::OpenReadOnly(layout));
  DAYBOOK_ASSIGN_OR_RETURN(Seq begin, ledger->Begin());
  while (true) {
    absl::StatusOr<Written> written = WriteFrom(begin, *ledger, folder, json);
    DAYBOOK_ASSIGN_OR_RETURN(const Seq now, ledger->Begin());
    if (written.ok() || now == begin) return written;
    begin = now;
  }
}

absl::StatusOr<TilesCommand::Written> TilesCommand::WriteFrom(Seq begin, LedgerDb& ledger,
                                                              TileFolder& folder, bool json) const {
  const StoreLayout layout(data_dir_);
  DAYBOOK_ASSIGN_OR_RETURN(const db::sqlite::StoreHeader header,
                           db::sqlite::ReadStoreHeader(layout));
  DAYBOOK_ASSIGN_OR_RETURN(const SignedHead newest, ReadNewestHead(ledger));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> before, folder.ReadCheckpoint());
  if (before) DAYBOOK_RETURN_IF_ERROR(CheckSameLog(*before, newest));
  TileExport::Dropped dropped{.begin = begin, .kept = ledger};
  if (begin > Seq(0)) {
    DAYBOOK_ASSIGN_OR_RETURN(dropped.subtrees, ledger.Subtrees());
  }
  StoreLeaves leaves(layout, header.segment_events);
  CommandProgress progress(json);
  TileExport work(leaves, std::move(dropped), folder, progress.get());
  const absl::Status done = work.Run(newest.checkpoint.head);
  progress.get().End();
  DAYBOOK_RETURN_IF_ERROR(done);
  if (before != newest.note) DAYBOOK_RETURN_IF_ERROR(folder.PutCheckpoint(newest.note));
  return Written{.size = newest.checkpoint.head.size, .begin = begin};
}

ExitCode TilesCommand::Run(bool json) const {
  TileFolder folder(out_);
  const absl::StatusOr<Written> written = Write(folder, json);
  if (!written.ok()) {
    const ExitCode code = TellFailure(written.status());
    if (json) {
      std::cout << R"({"event":"result","result":"failed","exit_code":)" << static_cast<int>(code)
                << "}\n";
    }
    return code;
  }
  const TileFolder::Counts& counts = folder.counts();
  if (json) {
    std::cout << R"({"event":"result","result":"written","folder":)" << telemetry::JsonQuoted(out_)
              << R"(,"size":")" << written->size.value() << R"(","dropped_events":")"
              << written->begin.value() << R"(","files_written":)" << counts.written
              << R"(,"files_kept":)" << counts.kept << R"(,"bytes_written":)" << counts.bytes
              << R"(,"exit_code":0})" << '\n';
  } else {
    std::cout << ForTerminal(out_) << ": the log of " << written->size.value() << " events; "
              << counts.written << " files written, "
              << absl::StrFormat("%.1f MiB, ", static_cast<double>(counts.bytes) / kTilesMib)
              << counts.kept << " kept\n";
    if (written->begin > Seq(0)) {
      std::cout << "  without the entries of the first " << written->begin.value()
                << ", which are dropped, and the tiles of levels 0 and 1 over them, but those "
                   "that checkpoints need\n";
    }
  }
  return ExitCode::kDone;
}

}  // namespace daybook::cli
