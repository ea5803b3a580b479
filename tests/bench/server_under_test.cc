#include "bench/server_under_test.h"

#include <utility>

#include <grpcpp/server_context.h>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/store/store_commands.h"

namespace daybook::bench {

absl::StatusOr<std::unique_ptr<ServerUnderTest>> ServerUnderTest::Start(const std::string& folder) {
  std::ostringstream migrated;
  migrator::Report report(migrator::Format::kText, migrated);
  if (migrator::store::Apply(folder, {}, report) != migrator::ExitCode::kDone) {
    return absl::InternalError(migrated.str());
  }
  std::unique_ptr<ServerUnderTest> running(new ServerUnderTest());
  daybookd::Config config;
  config.data_dir = folder;
  DAYBOOK_ASSIGN_OR_RETURN(daybookd::OpenStore store,
                           daybookd::OpenStoreOf(config, /*rules=*/{}, running->clock_,
                                                 running->metrics_, running->log_));
  running->store_ = std::make_unique<daybookd::OpenStore>(std::move(store));
  running->gate_.Open(*running->store_->journal);
  DAYBOOK_ASSIGN_OR_RETURN(
      running->server_,
      rpc::Server::Start({.listen = "127.0.0.1:0", .more_services = {&running->empty_}},
                         running->gate_, running->metrics_, running->log_));
  return running;
}

ServerUnderTest::~ServerUnderTest() {
  server_.reset();
  store_.reset();
}

std::string ServerUnderTest::address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

grpc::ServerUnaryReactor* ServerUnderTest::Empty::RecordEvent(
    grpc::CallbackServerContext* context, const audit::v1::RecordEventRequest* /*request*/,
    audit::v1::RecordEventResponse* /*response*/) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace daybook::bench
