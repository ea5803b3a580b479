#pragma once

#include <memory>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>

#include "absl/strings/str_cat.h"

#include "daybook/audit/v1/audit_service.grpc.pb.h"
#include "rpc/server.h"
#include "support/gated_event_store.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/open_journal.h"

namespace daybook::rpc {

// A server over a store in memory whose appends can be held up, and a channel to
// it.
class RunningServerTest : public ::testing::Test {
 protected:
  RunningServerTest() { gate_.Open(*journal_); }
  ~RunningServerTest() override { store_->Open(); }

  testing::ManualClock clock_;
  std::ostringstream log_lines_;
  telemetry::Log log_{log_lines_, clock_};
  telemetry::Metrics metrics_;
  testing::GatedEventStore* store_ =
      new testing::GatedEventStore(std::make_unique<testing::MemoryEventStore>(clock_));
  testing::TempFolder folder_;
  std::unique_ptr<journal::Journal> journal_ = testing::OpenJournal(
      std::unique_ptr<storage::EventStore>(store_), folder_, clock_, metrics_, log_);
  Gate gate_{absl::UnavailableError("starting")};
  std::unique_ptr<Server> server_ =
      Server::Start({.listen = "127.0.0.1:0", .more_services = {}}, gate_, metrics_, log_).value();
  std::shared_ptr<grpc::Channel> channel_ = grpc::CreateChannel(
      absl::StrCat("127.0.0.1:", server_->port()), grpc::InsecureChannelCredentials());
  std::unique_ptr<audit::v1::AuditService::Stub> stub_ = audit::v1::AuditService::NewStub(channel_);
};

}  // namespace daybook::rpc
