#include "daybook/key_command.h"

#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/status_macros.h"
#include "daybook/failure.h"
#include "daybook/terminal_text.h"
#include "ledger/checkpoint.h"
#include "ledger/salt.h"
#include "telemetry/log.h"

namespace daybook::cli {
namespace {

using ::daybook::ledger::SigningKey;
using ::daybook::ledger::VerifierKey;
using ::daybook::signer::SignerFolder;
using ::daybook::telemetry::JsonQuoted;

// What a signer's folder holds.
struct Keys {
  SigningKey key;
  std::optional<SigningKey> next;
  std::string last_note;  // empty where nothing was signed
};

absl::StatusOr<Keys> KeysIn(const SignerFolder& folder) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<SigningKey> key, folder.ReadKey());
  if (!key) {
    return absl::NotFoundError(
        absl::StrCat("there is no signing key at ", folder.KeyFile(),
                     ": the first start of daybookd makes it; --signer-dir names the folder, and "
                     "--signing-key a key that lies elsewhere"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<SigningKey> next, folder.ReadNextKey());
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> state, folder.ReadState());
  return Keys{.key = *std::move(key), .next = std::move(next), .last_note = state.value_or("")};
}

bool HasSigned(const VerifierKey& key, const std::string& note) {
  return ledger::OpenCheckpoint(note, {&key, 1}).ok();
}

absl::Status RefusedError(absl::string_view why) { return absl::FailedPreconditionError(why); }

void PrintKey(const VerifierKey& key, absl::string_view state, bool json) {
  if (json) {
    std::cout << R"({"key":)" << JsonQuoted(key.ToString()) << R"(,"id":")"
              << absl::StrFormat("%08x", key.id()) << R"(","state":")" << state << "\"}\n";
  } else {
    std::cout << absl::StrFormat("%-9s", state) << ForTerminal(key.ToString()) << '\n';
  }
}

}  // namespace

KeyCommand::KeyCommand(CLI::App& app)
    : app_(app.add_subcommand("key", "Show or rotate the keys that a log is signed with")) {
  app_->require_subcommand(1);
  app_->fallthrough();
  app_->add_option("--signer-dir", signer_dir_,
                   "The folder of the signer; the data directory and .signer by default")
      ->envname("DAYBOOK_SIGNER_DIR");
  app_->add_option("--data-dir", data_dir_, "The folder of the store")
      ->envname("DAYBOOK_DATA_DIR")
      ->capture_default_str();
  app_->add_option("--signing-key", signing_key_, "The key, where daybookd is given it as a file")
      ->envname("DAYBOOK_SIGNING_KEY");
  app_->add_option("--next-signing-key", next_signing_key_,
                   "The next key, where daybookd is given it as a file")
      ->envname("DAYBOOK_NEXT_SIGNING_KEY");
  app_->add_subcommand("show", "Show the verifier keys, and which of them sign");
  rotate_ = app_->add_subcommand("rotate", "Begin a rotation: make the next key");
  retire_ = app_->add_subcommand("retire", "End a rotation: the next key becomes the key");
  app_->footer(
      "rotate, restart daybookd: both keys sign. Hand the new verifier key to those who verify.\n"
      "Later: retire, restart daybookd: the new key signs alone, and the old one is gone.\n"
      "Works on the folder alone, and asks no service.\n"
      "Example: daybook key show --signer-dir /var/lib/daybook-signer\n"
      "Example: daybook key rotate --signer-dir /var/lib/daybook-signer\n"
      "Example: daybook key retire --signer-dir /var/lib/daybook-signer");
}

SignerFolder KeyCommand::Folder() const {
  return {signer_dir_.empty() ? signer::SignerFolderOf(data_dir_) : signer_dir_,
          {.key = signing_key_, .next_key = next_signing_key_}};
}

absl::Status KeyCommand::Show(bool json) const {
  const SignerFolder folder = Folder();
  DAYBOOK_ASSIGN_OR_RETURN(const Keys keys, KeysIn(folder));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<VerifierKey> known, folder.ReadVerifiers());
  const auto state_of = [&keys](const VerifierKey& key) {
    return HasSigned(key, keys.last_note) ? "signs" : "waiting";
  };
  if (keys.next) PrintKey(keys.next->verifier(), state_of(keys.next->verifier()), json);
  PrintKey(keys.key.verifier(), state_of(keys.key.verifier()), json);
  for (const VerifierKey& key : known) {
    const std::string text = key.ToString();
    const bool is_held = text == keys.key.verifier().ToString() ||
                         (keys.next && text == keys.next->verifier().ToString());
    if (!is_held) PrintKey(key, "retired", json);
  }
  return absl::OkStatus();
}

absl::Status KeyCommand::Rotate(bool json) const {
  const SignerFolder folder = Folder();
  DAYBOOK_ASSIGN_OR_RETURN(const Keys keys, KeysIn(folder));
  if (keys.next) {
    return RefusedError(absl::StrCat("a rotation is under way: the next key is in ",
                                     folder.NextKeyFile(),
                                     "; `daybook key retire` ends it, and without that file the "
                                     "next start of daybookd calls it off"));
  }
  const VerifierKey& key = keys.key.verifier();
  const SigningKey next(key.name(), key.type(), ledger::DrawSalt());
  DAYBOOK_RETURN_IF_ERROR(folder.WriteNextKey(next));
  PrintKey(next.verifier(), "waiting", json);
  std::cerr << "1. Restart daybookd: it records ledger.key_added, and signs with both keys.\n"
               "2. Hand the line above to everybody who verifies, and back "
            << ForTerminal(folder.NextKeyFile())
            << " up.\n"
               "3. Once they have it: daybook key retire, and restart daybookd again.\n";
  return absl::OkStatus();
}

absl::Status KeyCommand::Retire(bool json) const {
  const SignerFolder folder = Folder();
  DAYBOOK_ASSIGN_OR_RETURN(const Keys keys, KeysIn(folder));
  if (!keys.next) {
    return RefusedError(absl::StrCat("no rotation is under way: there is no ", folder.NextKeyFile(),
                                     "; `daybook key rotate` begins one"));
  }
  if (!HasSigned(keys.next->verifier(), keys.last_note)) {
    return RefusedError(absl::StrCat(
        "the next key has not signed yet: nothing would join what it signs to what was signed "
        "before. Restart daybookd with both keys, and wait for a checkpoint"));
  }
  if (folder.HasGivenKey() || folder.HasGivenNextKey()) {
    return RefusedError(
        "the keys are given as files: give the next one as --signing-key, and no "
        "--next-signing-key, when daybookd starts again");
  }
  DAYBOOK_RETURN_IF_ERROR(folder.MakeNextTheKey());
  PrintKey(keys.next->verifier(), "signs", json);
  PrintKey(keys.key.verifier(), "retired", json);
  std::cerr << "1. Restart daybookd: it records ledger.key_retired, and signs with the new key "
               "alone.\n"
               "2. Destroy what copies there are of the old key; the file is gone.\n";
  return absl::OkStatus();
}

ExitCode KeyCommand::Run(bool json) const {
  absl::Status done;
  if (rotate_->parsed()) {
    done = Rotate(json);
  } else if (retire_->parsed()) {
    done = Retire(json);
  } else {
    done = Show(json);
  }
  return done.ok() ? ExitCode::kDone : TellFailure(done);
}

}  // namespace daybook::cli
