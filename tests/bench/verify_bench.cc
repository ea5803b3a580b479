#include "bench/verify_bench.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "bench/engine_store.h"
#include "bench/work_folder.h"
#include "core/status_macros.h"
#include "verify/store_verifier.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kVerifyBatch = 1'000;
constexpr uint64_t kSpaceForARow = 400;
constexpr uint64_t kPersons = 100'000;

// About 180 bytes in the segment, in three groups.
audit::v1::Event VerifiedEvent(uint64_t number) {
  const uint64_t person = number * 7'919 % kPersons;
  audit::v1::Event event;
  event.set_action(number % 50 == 0 ? "login_failed" : "balance_changed");
  event.set_user_id(static_cast<int64_t>(person));
  event.set_telegram_id(absl::StrCat(100'000'000 + person));
  event.set_ip_address(absl::StrCat("203.0.113.", number % 256));
  event.set_details(absl::StrCat("{\"amount\":", 100'000 + number % 900'000, ",\"currency\":1}"));
  return event;
}

absl::Status MakeStore(const std::string& folder, uint64_t events) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EngineStore> store, EngineStore::Make(folder));
  while (store->events() < events) {
    std::vector<audit::v1::Event> batch(kVerifyBatch);
    for (uint64_t i = 0; i < kVerifyBatch; ++i) batch[i] = VerifiedEvent(store->events() + i);
    DAYBOOK_RETURN_IF_ERROR(store->Append(std::move(batch), absl::Now()));
  }
  store->WaitUntilSealed();
  return absl::OkStatus();
}

}  // namespace

absl::Status RunVerify(const DataSet& /*data*/, const Sizes& sizes, Results& results) {
  const size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::printf("\nverify: a store of %s events in sealed segments, on %zu threads\n",
              SizeName(sizes.verified).c_str(), threads);
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(sizes.verified * kSpaceForARow));
  DAYBOOK_RETURN_IF_ERROR(MakeStore(folder.File("store"), sizes.verified));
  const db::sqlite::StoreLayout layout(folder.File("store"));
  const auto begin = std::chrono::steady_clock::now();
  DAYBOOK_ASSIGN_OR_RETURN(const verify::StoreVerifier verifier,
                           verify::StoreVerifier::Open(layout, {}));
  DAYBOOK_ASSIGN_OR_RETURN(const verify::Report report,
                           verifier.VerifyAll(threads, [](uint64_t) { return true; }));
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
  if (!report.is_verified() || report.events != sizes.verified) {
    return absl::InternalError("a store that nobody changed does not verify");
  }
  const double rate = static_cast<double>(report.events) / spent.count();
  std::printf("%.0f events/s, %.2f s in all; an event is %.0f bytes of the store\n", rate,
              spent.count(),
              static_cast<double>(BytesBelow(layout.root())) / static_cast<double>(sizes.verified));
  results.Add("verify_events_per_s", rate, "events/s");
  return absl::OkStatus();
}

}  // namespace daybook::bench
