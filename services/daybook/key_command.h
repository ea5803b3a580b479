#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/exit_code.h"
#include "signer/signer_folder.h"

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// `daybook key`: shows and rotates the keys that a log is signed with. Works on the
// signer's folder alone; the service takes up what it finds there at its next start.
class KeyCommand {
 public:
  // Adds the command to `app`. Both must stay where they are.
  explicit KeyCommand(CLI::App& app);

  ExitCode Run(bool json) const;

  CLI::App* app() const { return app_; }

 private:
  signer::SignerFolder Folder() const;
  absl::Status Show(bool json) const;
  absl::Status Rotate(bool json) const;
  absl::Status Retire(bool json) const;

  CLI::App* app_;
  CLI::App* rotate_;
  CLI::App* retire_;
  std::string signer_dir_;
  std::string data_dir_ = "./daybook-data";
  std::string signing_key_;
  std::string next_signing_key_;
};

}  // namespace daybook::cli
