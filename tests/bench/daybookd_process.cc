#include "bench/daybookd_process.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"

namespace daybook::bench {
namespace {

constexpr absl::Duration kStartPatience = absl::Minutes(10);

// What the ready file says under "listen".
std::string ListenIn(const std::string& ready_file) {
  std::ifstream stream(ready_file);
  const std::string json{std::istreambuf_iterator<char>(stream), {}};
  const std::string label = "\"listen\":\"";
  const size_t begin = json.find(label) + label.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

absl::Status MakeStore(const WorkFolder& folder) {
  if (std::filesystem::exists(StoreIn(folder))) return absl::OkStatus();
  return RunToEnd({ProgramBeside("daybook-migrate"), "apply", "--database",
                   absl::StrCat("sqlite:", StoreIn(folder))},
                  folder.File("migrate.log"));
}

}  // namespace

absl::StatusOr<DaybookdProcess> DaybookdProcess::Start(const WorkFolder& folder,
                                                       const std::string& program) {
  DAYBOOK_RETURN_IF_ERROR(MakeStore(folder));
  const std::string ready_file = folder.File("ready.json");
  const absl::Time begin = absl::Now();
  DAYBOOK_ASSIGN_OR_RETURN(
      ChildProcess child,
      ChildProcess::Start(
          {ProgramBeside(program), "--data-dir", StoreIn(folder), "--listen", "127.0.0.1:0",
           "--metrics-listen", "127.0.0.1:0", "--ready-file", ready_file},
          folder.File("daybookd.log")));
  DAYBOOK_RETURN_IF_ERROR(child.AwaitFile(ready_file, kStartPatience));
  return DaybookdProcess(std::move(child), ListenIn(ready_file), absl::Now() - begin);
}

DaybookdProcess::DaybookdProcess(ChildProcess child, std::string address, absl::Duration start_time)
    : child_(std::move(child)), address_(std::move(address)), start_time_(start_time) {}

absl::Status DaybookdProcess::Stop() { return child_.Stop(SIGTERM); }

std::string StoreIn(const WorkFolder& folder) { return folder.File("store"); }

std::vector<std::shared_ptr<grpc::Channel>> OpenChannels(const std::string& address, int count) {
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < count; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt("daybook.bench.channel", i);  // different arguments: a connection each
    arguments.SetMaxReceiveMessageSize(-1);
    channels.push_back(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }
  return channels;
}

}  // namespace daybook::bench
