#include "telemetry/exposer.h"

#include <netdb.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <thread>
#include <utility>

#include <prometheus/exposer.h>
#include <prometheus/registry.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace daybook::telemetry {
namespace {

constexpr size_t kThreads = 1;
constexpr absl::Duration kBetweenCalls = absl::Milliseconds(5);

// Without the brackets of an IPv6 address.
std::string HostIn(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  return std::string(absl::StripSuffix(absl::StripPrefix(host, "["), "]"));
}

// Connects, and says nothing.
void Call(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return;
  const int line = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
  if (line >= 0) {
    // Nobody need answer.
    static_cast<void>(connect(line, found->ai_addr, found->ai_addrlen));
    close(line);
  }
  freeaddrinfo(found);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Exposer>> Exposer::Start(const std::string& address,
                                                        const Metrics& metrics) {
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(address, kThreads);
    exposer->RegisterCollectable(metrics.registry_);
    return std::unique_ptr<Exposer>(new Exposer(std::move(exposer), address));
  } catch (const std::exception& e) {
    return absl::UnavailableError(absl::StrCat("serve metrics on ", address, ": ", e.what()));
  }
}

Exposer::Exposer(std::unique_ptr<prometheus::Exposer> exposer, const std::string& address)
    : exposer_(std::move(exposer)), host_(HostIn(address)) {}

// The server looks every two seconds whether it is to end, and whenever somebody
// calls: so somebody does.
Exposer::~Exposer() {
  const std::string at = absl::StrCat(port());
  std::atomic<bool> has_ended = false;
  std::thread caller([&] {
    while (!has_ended) {
      Call(host_, at);
      absl::SleepFor(kBetweenCalls);
    }
  });
  exposer_.reset();
  has_ended = true;
  caller.join();
}

int Exposer::port() const { return exposer_->GetListeningPorts().front(); }

}  // namespace daybook::telemetry
