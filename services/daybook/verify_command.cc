#include "daybook/verify_command.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <iostream>
#include <optional>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "daybook/command_progress.h"
#include "daybook/online_verifier.h"
#include "daybook/verify_keys.h"
#include "daybook/whole_number.h"
#include "ledger/checkpoint.h"
#include "signer/signer_folder.h"
#include "verify/live_verifier.h"

namespace daybook::cli {
namespace {

using ::daybook::verify::LiveVerifier;

constexpr auto kBetweenLooks = std::chrono::milliseconds(100);
constexpr uint64_t kMostThreads = 1'000;

// Verifies on other threads, and shows here how far they are.
absl::StatusOr<verify::Report> VerifyAll(LiveVerifier verifier, bool json) {
  const uint64_t size = verifier.size() - verifier.begin();
  std::atomic<uint64_t> done = 0;
  auto result = std::async(std::launch::async, [&] {
    const auto advance = [&done](uint64_t events) {
      done += events;
      return true;
    };
    return verifier.Verify(advance, [](absl::Duration pause) {
      absl::SleepFor(pause);
      return true;
    });
  });
  CommandProgress progress(json);
  progress.get().Begin("verifying", size);
  while (result.wait_for(kBetweenLooks) != std::future_status::ready) {
    progress.get().Reach(std::min(done.load(), size));  // some are read twice
  }
  progress.get().End();
  return result.get();
}

ExitCode CodeOf(const absl::Status& error) {
  if (absl::IsInvalidArgument(error)) return ExitCode::kUsage;
  if (absl::IsNotFound(error)) return ExitCode::kNotFound;
  if (absl::IsUnavailable(error)) return ExitCode::kUnavailable;
  if (absl::IsDataLoss(error)) return ExitCode::kNotVerified;
  return ExitCode::kRefused;
}

ExitCode CodeOf(const verify::Report& report) {
  if (!report.is_verified()) return ExitCode::kNotVerified;
  // What was asked for is not shown.
  return report.is_unprovable ? ExitCode::kRefused : ExitCode::kDone;
}

ExitCode Tell(const absl::Status& error) {
  std::cerr << "daybook: " << error.message() << '\n';
  return CodeOf(error);
}

}  // namespace

VerifyCommand::VerifyCommand(CLI::App& app)
    : app_(app.add_subcommand("verify", "Show whether a store is what was recorded and signed")) {
  app_->add_option("folder,--data-dir", data_dir_, "The folder of the store")
      ->envname("DAYBOOK_DATA_DIR")
      ->capture_default_str();
  app_->add_option("--key", keys_,
                   "A verifier key that the log has or had, or a file with such; without one, the "
                   "keys beside the store")
      ->take_all();
  app_->add_option("--signer-dir", signer_dir_,
                   "Where the store's own key is: the data directory and .signer")
      ->envname("DAYBOOK_SIGNER_DIR");
  app_->add_option("--since", since_, "A checkpoint that was kept elsewhere: a file");
  auto* const online = app_->add_flag("--online", online_,
                                      "Ask the service at --address instead of reading its files");
  sample_option_ = app_->add_option("--sample", sample_,
                                    "Online, hold only so many events against their leaves, drawn "
                                    "by chance; by default all")
                       ->transform(WholeNumber())
                       ->needs(online);
  app_->add_option("--threads", threads_, "How many; 0 is one for each processor")
      ->transform(WholeNumber(0, kMostThreads))
      ->capture_default_str();
  app_->footer(
      "Reads the files themselves and changes nothing; a service may run meanwhile, and need not.\n"
      "Online it believes the service nothing that it does not prove.\n"
      "Exit codes: 0 verified; 5 does not verify; 2 usage; 3 no store; 4, 1 cannot be read, or "
      "what\n"
      "--since is proven with was dropped.\n"
      "Example: daybook verify /backup/daybook --key auditor/verifier.key --since july.checkpoint");
}

// What the result is to rest on.
struct VerifyCommand::Given {
  VerifyKeys keys;
  std::optional<verify::SignedHead> outside = {};
  verify::Findings forged = {};  // of what came from outside
};

absl::StatusOr<VerifyCommand::Given> VerifyCommand::ReadGiven() const {
  const std::string signer_dir =
      signer_dir_.empty() && !online_ ? signer::SignerFolderOf(data_dir_) : signer_dir_;
  DAYBOOK_ASSIGN_OR_RETURN(VerifyKeys keys, ReadKeys(keys_, signer_dir));
  Given given{.keys = std::move(keys)};
  if (since_.empty()) return given;
  DAYBOOK_ASSIGN_OR_RETURN(given.outside, ReadCheckpointFile(since_));
  // In a store the keys that are given lead to those that signed it.
  if (!online_) return given;
  const auto opened = ledger::OpenCheckpoint(given.outside->note, given.keys.keys);
  if (opened.ok()) return given;
  given.outside.reset();
  given.forged.Add(verify::Fault::kSignatureInvalid,
                   absl::StrCat(since_, ": ", opened.status().message()));
  return given;
}

absl::StatusOr<verify::Report> VerifyCommand::VerifyStore(const Given& given, bool json) const {
  const std::string folder(absl::StripSuffix(data_dir_, "/"));
  DAYBOOK_ASSIGN_OR_RETURN(
      LiveVerifier verifier,
      LiveVerifier::Open(
          db::sqlite::StoreLayout(folder),
          {.store = {.keys = given.keys.keys, .outside = given.outside}, .threads = threads()}));
  return VerifyAll(std::move(verifier), json);
}

absl::StatusOr<verify::Report> VerifyCommand::VerifyService(Connection& connection,
                                                            const Given& given, bool json) const {
  OnlineVerifier::Options options{
      .keys = given.keys.keys, .outside = given.outside, .sample = {}, .threads = threads()};
  if (sample_option_->count() > 0) options.sample = sample_;
  CommandProgress progress(json);
  return OnlineVerifier(connection, std::move(options)).Verify(progress.get());
}

size_t VerifyCommand::threads() const {
  return threads_ != 0 ? threads_ : std::max(1U, std::thread::hardware_concurrency());
}

ExitCode VerifyCommand::Run(Connection& connection, bool json) const {
  const absl::Time begin = absl::Now();
  const absl::StatusOr<Given> given = ReadGiven();
  if (!given.ok()) return Tell(given.status());
  absl::StatusOr<verify::Report> report =
      online_ ? VerifyService(connection, *given, json) : VerifyStore(*given, json);
  if (!report.ok()) return online_ ? connection.Fail(report.status()) : Tell(report.status());
  report->findings.Add(given->forged);
  const VerifyOutcome outcome{.of = online_ ? connection.address() : data_dir_,
                              .report = *std::move(report),
                              .keys = given->keys.source,
                              .took = absl::Now() - begin};
  const ExitCode code = CodeOf(outcome.report);
  if (json) {
    PrintJson(outcome, static_cast<int>(code), std::cout);
  } else {
    PrintForPeople(outcome, absl::Now(), std::cout);
  }
  return code;
}

}  // namespace daybook::cli
