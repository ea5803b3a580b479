#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "core/ids.h"
#include "daybook/exit_code.h"
#include "daybook/tile_folder.h"
#include "storage/sqlite/ledger_db.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook tiles`: writes a store's log as files that any web server can serve.
// Reads the files; no service need run, and one may.
class TilesCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit TilesCommand(CLI::App& app);

  ExitCode Run(bool json) const;

  CLI::App* app() const { return app_; }

 private:
  // What was written of which tree.
  struct Written {
    LogSize size{0};
    Seq begin{0};  // the entries from there on
  };
  absl::StatusOr<Written> Write(TileFolder& folder, bool json) const;
  // Likewise, of a log that begins so.
  absl::StatusOr<Written> WriteFrom(Seq begin, storage::sqlite::LedgerDb& ledger,
                                    TileFolder& folder, bool json) const;

  CLI::App* app_;
  std::string data_dir_ = "./daybook-data";
  std::string out_;
};

}  // namespace daybook::cli
