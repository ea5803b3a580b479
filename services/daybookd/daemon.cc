#include "daybookd/daemon.h"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

#include <arpa/inet.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybookd/rules.h"
#include "daybookd/signals.h"
#include "daybookd/wiring.h"
#include "rpc/gate.h"
#include "rpc/server.h"
#include "telemetry/exposer.h"
#include "telemetry/log.h"

namespace daybook::daybookd {
namespace {

using telemetry::Severity;

// sysexits.h, so that scripts and init systems tell them apart.
constexpr int kExitTemporary = 75;
constexpr int kExitConfig = 78;

constexpr absl::Duration kTick = absl::Seconds(1);
constexpr absl::Duration kDrainPatience = absl::Seconds(10);

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

bool IsLoopback(const std::string& address) {
  const std::string host = HostOf(address);
  in_addr ip{};
  const bool is_ipv4 = inet_pton(AF_INET, host.c_str(), &ip) == 1;
  constexpr uint32_t kLoopbackNetwork = 127;
  return host == "localhost" || host == "[::1]" ||
         (is_ipv4 && ntohl(ip.s_addr) >> 24 == kLoopbackNetwork);
}

std::string WithPort(const std::string& address, int port) {
  return absl::StrCat(HostOf(address), ":", port);
}

absl::Status NotServingYetError() {
  return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable,
                         "the service is starting; retry");
}

// One run of the service.
class Daemon {
 public:
  explicit Daemon(Config config)
      : config_(std::move(config)),
        log_(std::cerr, clock_),
        gate_(NotServingYetError()),
        store_bytes_(
            metrics_.AddGauge("daybook_storage_bytes", "Space that the store's files take.")),
        serving_(metrics_.AddGauge("daybook_rpc_serving", "1 while the service serves, else 0.")),
        refused_rules_(
            metrics_.AddCounter("daybook_detection_reload_failures_total",
                                "Times that a rules file was refused, and the old one kept.")) {}

  int Run() {
    if (!IsLoopback(config_.listen) && !config_.allow_unauthenticated) return RefuseToListen();
    if (absl::Status read = ReadRulesFile(); !read.ok()) return RefuseRules(read);
    // An empty folder is a matter for the operator, not for waiting.
    if (absl::Status opened = TryOpen(); absl::IsNotFound(opened)) return RefuseToStart(opened);
    if (absl::Status opened = OpenWitness(); !opened.ok()) return RefuseToWitness(opened);
    if (absl::Status listening = Listen(); !listening.ok()) {
      log_.Write(Severity::kError, "cannot_listen",
                 {{"message", std::string(listening.message())}});
      return kExitTemporary;
    }
    RemoveReadyFile();  // of an earlier run: nobody else listens there now
    if (store_) Serve();
    Stop(TickUntilStop());
    return 0;
  }

 private:
  // The signal that asked for it.
  int TickUntilStop() {
    while (true) {
      const std::optional<int> signal = WaitForSignal(kTick);
      if (!signal) {
        Tick();
      } else if (*signal == SIGHUP) {
        ReloadRules();
      } else {
        return *signal;
      }
    }
  }

  // Those of the file that config_ names, if any.
  absl::Status ReadRulesFile() {
    if (config_.rules.empty()) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(rules_, ReadRules(config_.rules));
    // A file that was emptied by accident looks like one.
    log_.Write(rules_->empty() ? Severity::kWarning : Severity::kInfo, "rules_read",
               {{"path", config_.rules}, {"rules", static_cast<int64_t>(rules_->size())}});
    return absl::OkStatus();
  }

  int RefuseRules(const absl::Status& why) {
    log_.Write(Severity::kError, "rules_refused", {{"message", std::string(why.message())}});
    return kExitConfig;
  }

  // What is wrong changes nothing.
  void ReloadRules() {
    if (absl::Status read = ReadRulesFile(); !read.ok()) {
      refused_rules_.Add();
      log_.Write(Severity::kError, "rules_refused",
                 {{"message", std::string(read.message())}, {"kept", "the rules from before"}});
      return;
    }
    if (rules_ && store_) store_->journal->detector()->SetRules(*rules_);
  }

  int RefuseToListen() {
    log_.Write(Severity::kError, "refused_to_listen",
               {{"listen", config_.listen},
                {"message",
                 "callers need no credentials, so only loopback addresses are served; "
                 "--allow-unauthenticated serves others"}});
    return kExitConfig;
  }

  int RefuseToStart(const absl::Status& why) {
    log_.Write(Severity::kError, "no_store", {{"message", std::string(why.message())}});
    return kExitConfig;
  }

  absl::Status OpenWitness() {
    DAYBOOK_ASSIGN_OR_RETURN(witness_, OpenWitnessOf(config_, clock_, metrics_, log_));
    return absl::OkStatus();
  }

  int RefuseToWitness(const absl::Status& why) {
    log_.Write(Severity::kError, "cannot_witness", {{"message", std::string(why.message())}});
    return absl::IsUnavailable(why) ? kExitTemporary : kExitConfig;
  }

  absl::Status Listen() {
    auto exposer = telemetry::Exposer::Start(config_.metrics_listen, metrics_);
    if (!exposer.ok()) return exposer.status();
    exposer_ = *std::move(exposer);
    auto server = rpc::Server::Start(
        {.listen = config_.listen, .more_services = {}, .witness = witness_.get()}, gate_, metrics_,
        log_);
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    log_.Write(Severity::kInfo, "listening",
               {{"version", DAYBOOK_VERSION},
                {"listen", WithPort(config_.listen, server_->port())},
                {"metrics_listen", WithPort(config_.metrics_listen, exposer_->port())},
                {"data_dir", config_.data_dir},
                {"authentication", "none: producers are taken at their word"}});
    return absl::OkStatus();
  }

  absl::Status TryOpen() {
    absl::StatusOr<OpenStore> opened = OpenStoreOf(config_, rules_, clock_, metrics_, log_);
    if (opened.ok()) {
      store_.emplace(*std::move(opened));
      return absl::OkStatus();
    }
    const absl::Status refusal = Refusal(opened.status());
    gate_.Shut(refusal);
    const bool ends_the_start = server_ == nullptr && absl::IsNotFound(opened.status());
    if (!ends_the_start && refusal != last_refusal_) {
      last_refusal_ = refusal;
      log_.Write(Severity::kError, "not_serving",
                 {{"reason", ReasonIn(refusal)}, {"message", std::string(refusal.message())}});
    }
    return opened.status();
  }

  // What callers are told while the store cannot be opened: always something
  // with a reason.
  static absl::Status Refusal(const absl::Status& why) {
    if (!ReasonIn(why).empty()) return why;
    return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable,
                           absl::StrCat("the store cannot be opened: ", why.message()));
  }

  void Serve() {
    gate_.Open(*store_->journal);
    server_->SetServing(true);
    serving_.Set(1);
    MeasureStore();
    if (!config_.ready_file.empty()) WriteReadyFile();
    log_.Write(Severity::kInfo, "serving", {{"listen", WithPort(config_.listen, server_->port())}});
  }

  void Tick() {
    if (store_) return MeasureStore();
    if (TryOpen().ok()) Serve();
  }

  void MeasureStore() {
    if (const auto bytes = LayoutOf(config_).SizeInBytes(); bytes.ok()) {
      store_bytes_.Set(static_cast<double>(*bytes));
    }
  }

  // Renamed into place, so that whoever sees it sees all of it.
  void WriteReadyFile() {
    const std::string unfinished = config_.ready_file + ".new";
    std::ofstream file(unfinished);
    file << "{\"listen\":" << telemetry::JsonQuoted(WithPort(config_.listen, server_->port()))
         << ",\"metrics_listen\":"
         << telemetry::JsonQuoted(WithPort(config_.metrics_listen, exposer_->port())) << "}\n";
    file.close();
    if (!file.good() || std::rename(unfinished.c_str(), config_.ready_file.c_str()) != 0) {
      log_.Write(Severity::kWarning, "no_ready_file", {{"path", config_.ready_file}});
    }
  }

  void RemoveReadyFile() {
    if (!config_.ready_file.empty()) std::remove(config_.ready_file.c_str());
  }

  void Stop(int signal) {
    log_.Write(Severity::kInfo, "stopping", {{"signal", int64_t{signal}}});
    RemoveReadyFile();
    serving_.Set(0);
    server_->SetServing(false);
    gate_.Shut(ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kShuttingDown,
                               "the service is stopping; retry"));
    gate_.WaitUntilEmpty(kDrainPatience);
    server_->Stop();
    server_.reset();
    store_.reset();
    log_.Write(Severity::kInfo, "stopped", {});
  }

  const Config config_;
  const SystemClock clock_;
  telemetry::Metrics metrics_;
  telemetry::Log log_;
  rpc::Gate gate_;
  telemetry::Gauge store_bytes_;
  telemetry::Gauge serving_;
  telemetry::Counter refused_rules_;
  std::optional<detect::Rules> rules_;
  absl::Status last_refusal_;
  std::optional<OpenStore> store_;
  std::unique_ptr<telemetry::Exposer> exposer_;
  std::unique_ptr<witness::Witness> witness_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace

int RunDaemon(const Config& config) { return Daemon(config).Run(); }

}  // namespace daybook::daybookd
