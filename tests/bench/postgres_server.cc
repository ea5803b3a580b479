#include "bench/postgres_server.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

#include "bench/programs.h"
#include "core/status_macros.h"

namespace daybook::bench {
namespace {

namespace fs = std::filesystem;

constexpr char kUser[] = "postgres";
constexpr absl::Duration kLookAgain = absl::Milliseconds(20);
constexpr absl::Duration kReadyPatience = absl::Seconds(60);

std::string ReadText(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Debian keeps the server's programs outside PATH; pg_config knows where.
absl::StatusOr<std::string> ProgramFolderOfPostgres(const WorkFolder& folder) {
  const std::optional<std::string> config = FindProgram("pg_config");
  if (!config) return absl::NotFoundError("pg_config");
  const std::string output = folder.File("pg_config.log");
  DAYBOOK_RETURN_IF_ERROR(RunToEnd({*config, "--bindir"}, output));
  const std::string programs = std::vector<std::string>(absl::StrSplit(ReadText(output), '\n'))[0];
  for (const char* const name : {"initdb", "postgres", "pgbench"}) {
    if (!FindProgram(name, programs)) return absl::NotFoundError(absl::StrCat(programs, "/", name));
  }
  return programs;
}

// `command`, run as the user that PostgreSQL accepts. setpriv becomes the
// command itself, so its process is the server's; a change of user forgets the
// signal for the parent's death.
std::vector<std::string> AsPostgres(std::vector<std::string> command) {
  if (geteuid() != 0) return command;
  const std::vector<std::string> prefix = {"setpriv",
                                           absl::StrCat("--reuid=", kUser),
                                           absl::StrCat("--regid=", kUser),
                                           "--init-groups",
                                           "--pdeathsig",
                                           "INT"};
  command.insert(command.begin(), prefix.begin(), prefix.end());
  return command;
}

absl::Status MakeDataFolder(const std::string& path) {
  fs::create_directory(path);
  if (geteuid() != 0) return absl::OkStatus();
  const passwd* const user = getpwnam(kUser);  // NOLINT(concurrency-mt-unsafe): one thread
  if (user == nullptr) return absl::NotFoundError("no user postgres");
  if (chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot give ", path, " to user postgres"));
  }
  return absl::OkStatus();
}

std::vector<std::string> ServerCommand(const std::string& programs, const std::string& data,
                                       const std::string& socket) {
  return {programs + "/postgres",
          "-D",
          data,
          "-c",
          "listen_addresses=",
          "-c",
          absl::StrCat("unix_socket_directories=", socket),
          "-c",
          "max_connections=300",
          "-c",
          "shared_buffers=512MB",
          "-c",
          "max_wal_size=8GB"};
}

}  // namespace

absl::StatusOr<PostgresServer> PostgresServer::Start(const WorkFolder& folder) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string programs, ProgramFolderOfPostgres(folder));
  const std::string data = folder.File("postgres");
  DAYBOOK_RETURN_IF_ERROR(MakeDataFolder(data));
  DAYBOOK_RETURN_IF_ERROR(RunToEnd(AsPostgres({programs + "/initdb", "-D", data, "-U", kUser, "-A",
                                               "trust", "--locale=C", "--encoding=UTF8"}),
                                   folder.File("initdb.log")));
  const std::string socket = absl::StrCat("@", fs::path(folder.path()).filename().string());
  DAYBOOK_ASSIGN_OR_RETURN(ChildProcess child,
                           ChildProcess::Start(AsPostgres(ServerCommand(programs, data, socket)),
                                               folder.File("postgres.log")));
  PostgresServer server(folder, programs, socket, std::move(child));
  DAYBOOK_RETURN_IF_ERROR(server.AwaitReady());
  return server;
}

PostgresServer::PostgresServer(const WorkFolder& folder, std::string programs, std::string socket,
                               ChildProcess child)
    : folder_(folder),
      programs_(std::move(programs)),
      socket_(std::move(socket)),
      child_(std::move(child)) {}

std::string PostgresServer::ConnectionText() const {
  return absl::StrCat("host=", socket_, " user=", kUser, " dbname=postgres");
}

// PostgreSQL announces nothing, so it is asked until it answers.
absl::Status PostgresServer::AwaitReady() const {
  const absl::Time deadline = absl::Now() + kReadyPatience;
  while (PQping(ConnectionText().c_str()) != PQPING_OK) {
    if (absl::Now() > deadline) {
      return absl::UnavailableError(ReadText(folder_.File("postgres.log")));
    }
    absl::SleepFor(kLookAgain);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> PostgresServer::RunPgbench(std::vector<std::string> arguments) const {
  const std::string output = folder_.File("pgbench.log");
  fs::remove(output);
  std::vector<std::string> command = {programs_ + "/pgbench", "-h", socket_, "-U", kUser};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.emplace_back("postgres");
  DAYBOOK_RETURN_IF_ERROR(RunToEnd(command, output));
  return ReadText(output);
}

absl::Status PostgresServer::Stop() { return child_.Stop(SIGINT); }

}  // namespace daybook::bench
