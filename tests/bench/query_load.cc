#include "bench/query_load.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include <grpcpp/client_context.h>

#include "bench/data_set.h"
#include "bench/random.h"
#include "core/status_macros.h"
#include "daybook/audit/v1/audit_service.grpc.pb.h"
#include "rpc/status.h"

namespace daybook::bench {
namespace {

using audit::v1::AuditService;
using audit::v1::Event;
using audit::v1::GetEventRequest;
using audit::v1::QueryEventsRequest;
using audit::v1::QueryEventsResponse;

constexpr int kLatest = 50;
constexpr int kPage = 100;
constexpr std::chrono::minutes kAnswerPatience(5);
constexpr uint64_t kFirstRareRank = 20'000;
constexpr uint64_t kRareRanks = 40'000;

// What one question cost.
struct Asked {
  int calls = 0;
  int events = 0;
};

QueryEventsRequest LatestOf(const std::string& filter) {
  QueryEventsRequest request;
  request.set_filter(filter);
  request.set_page_size(kLatest);
  return request;
}

QueryEventsRequest PageInTheMiddle(uint64_t end) {
  QueryEventsRequest request;
  request.set_page_size(kPage);
  request.set_as_of_size(end);
  return request;
}

// Asks questions over one connection.
class Asker {
 public:
  Asker(const std::shared_ptr<grpc::Channel>& channel, uint64_t log_size)
      : stub_(AuditService::NewStub(channel)), log_size_(log_size) {}

  absl::StatusOr<Asked> Ask(const std::string& kind) {
    if (kind == "person50") return Query(LatestOf(DataSet::EvenPersonFilter(Draw(kEvenPersons))));
    if (kind == "rare50") {
      return Query(LatestOf(DataSet::ZipfPersonFilter(kFirstRareRank + Draw(kRareRanks))));
    }
    if (kind == "resource") return Query(LatestOf(DataSet::DepositFilter(Draw(kDeposits))));
    if (kind == "middle") return Query(PageInTheMiddle(log_size_ / 4 + Draw(log_size_ / 2)));
    return Get(Draw(log_size_));
  }

 private:
  uint64_t Draw(uint64_t end) { return random_.Below(end); }

  // Asks on until the page is full or the log ends.
  absl::StatusOr<Asked> Query(QueryEventsRequest request) {
    Asked asked;
    const int wanted = request.page_size();
    QueryEventsResponse response;
    do {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + kAnswerPatience);
      DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(stub_->QueryEvents(&context, request, &response)));
      ++asked.calls;
      asked.events += response.events_size();
      request.set_page_token(response.next_page_token());
    } while (asked.events < wanted && !response.next_page_token().empty());
    return asked;
  }

  absl::StatusOr<Asked> Get(uint64_t seq) {
    grpc::ClientContext context;
    GetEventRequest request;
    Event event;
    request.set_seq(seq);
    DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(stub_->GetEvent(&context, request, &event)));
    return Asked{.calls = 1, .events = 1};
  }

  const std::unique_ptr<AuditService::Stub> stub_;
  const uint64_t log_size_;
  Random random_{1};
};

}  // namespace

std::vector<QueryKind> QueryKinds() {
  return {{"person50", "an even person's latest 50"},
          {"rare50", "a rare person's latest 50"},
          {"resource", "a deposit's latest 50"},
          {"middle", "100 in the middle"},
          {"get", "GetEvent"}};
}

absl::StatusOr<QueryResult> AskQueries(const std::shared_ptr<grpc::Channel>& channel,
                                       const std::string& kind, uint64_t log_size,
                                       const Sizes& sizes) {
  using std::chrono::steady_clock;
  Asker asker(channel, log_size);
  std::vector<double> millis;
  QueryResult result;
  const auto end = steady_clock::now() + absl::ToChronoNanoseconds(sizes.query_patience);
  do {
    const auto begin = steady_clock::now();
    DAYBOOK_ASSIGN_OR_RETURN(const Asked asked, asker.Ask(kind));
    millis.push_back(
        std::chrono::duration<double, std::milli>(steady_clock::now() - begin).count());
    result.calls += asked.calls;
    result.events += asked.events;
    ++result.queries;
  } while (result.queries < sizes.queries && steady_clock::now() < end);
  std::sort(millis.begin(), millis.end());
  result.calls /= result.queries;
  result.events /= result.queries;
  result.p50_ms = millis[millis.size() / 2];
  result.p99_ms = millis[millis.size() * 99 / 100];
  return result;
}

}  // namespace daybook::bench
