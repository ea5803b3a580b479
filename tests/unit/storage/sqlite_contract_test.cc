#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "contract/event_erasure_contract.h"
#include "contract/event_order_contract.h"
#include "contract/event_store_contract.h"
#include "support/forwarding_event_store.h"
#include "support/sqlite_folder.h"

namespace daybook::contract {
namespace {

// The folder goes after the store that lies in it.
struct OwnsFolder {
  std::unique_ptr<testing::SqliteFolder> folder;
};

class StoreInOwnFolder : private OwnsFolder, public testing::ForwardingEventStore {
 public:
  StoreInOwnFolder(std::unique_ptr<testing::SqliteFolder> own, const Clock& clock)
      : OwnsFolder{std::move(own)}, ForwardingEventStore(folder->Open(clock).value()) {}
};

// One that is asked nothing before all that can be sealed is sealed.
class SealedStore final : public StoreInOwnFolder {
 public:
  using StoreInOwnFolder::StoreInOwnFolder;

  absl::StatusOr<storage::AppendReceipt> Append(
      std::span<const storage::NewEvent* const> events) override {
    auto receipt = StoreInOwnFolder::Append(events);
    static_cast<storage::sqlite::SqliteEventStore&>(forwarded()).WaitUntilSealed();
    return receipt;
  }
};

template <typename Store>
Engine SqliteEngine(const std::string& name, uint64_t segment_events) {
  return {.name = name, .open = [segment_events](const Clock& clock) {
            return std::make_unique<Store>(std::make_unique<testing::SqliteFolder>(segment_events),
                                           clock);
          }};
}

}  // namespace

auto Engines() {
  return ::testing::Values(SqliteEngine<StoreInOwnFolder>("tiny_segments", 4),
                           SqliteEngine<SealedStore>("sealed_segments", 4),
                           SqliteEngine<StoreInOwnFolder>("wide_segments", uint64_t{1} << 18));
}

INSTANTIATE_TEST_SUITE_P(Sqlite, EventStoreContract, Engines(),
                         [](const auto& engine) { return engine.param.name; });
INSTANTIATE_TEST_SUITE_P(Sqlite, EventOrderContract,
                         ::testing::Values(SqliteEngine<SealedStore>("sealed_segments", 1'000),
                                           SqliteEngine<StoreInOwnFolder>("wide_segments",
                                                                          uint64_t{1} << 18)),
                         [](const auto& engine) { return engine.param.name; });
INSTANTIATE_TEST_SUITE_P(Sqlite, EventErasureContract, Engines(),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace daybook::contract
