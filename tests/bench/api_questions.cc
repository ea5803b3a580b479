#include "bench/api_questions.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "core/timestamp.h"

namespace daybook::bench {
namespace {

using ::daybook::audit::v1::AggregateEventsRequest;
using ::daybook::audit::v1::AggregateEventsResponse;
using ::daybook::audit::v1::EventGroup;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::QueryEventsResponse;

constexpr int kMostGroups = 1'000;
constexpr int kTen = 10;
constexpr uint64_t kOften = 6;

AggregateEventsRequest RequestFor(absl::Duration window, absl::Time end) {
  AggregateEventsRequest request;
  request.mutable_window()->set_seconds(absl::ToInt64Seconds(window));
  SetTimestamp(absl::ToUnixMicros(end), request.mutable_end_time());
  request.set_page_size(kMostGroups);
  return request;
}

}  // namespace

absl::StatusOr<QuestionAnswer> ApiQuestions::AskWhoFailedOften(absl::Duration window) {
  AggregateEventsRequest request = RequestFor(window, log_.end());
  request.set_filter("outcome = FAILURE");
  request.add_group_by(audit::v1::GROUP_BY_ACTOR);
  request.set_min_count(kOften);
  QuestionAnswer answer;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<EventGroup> groups,
                           AskAllPages(std::move(request), answer.calls));
  std::map<std::string, uint64_t> counts;  // a group may be in several parts
  for (const EventGroup& group : groups) counts[group.keys(0)] += group.count();
  for (const auto& [actor, count] : counts) {
    if (count >= kOften) answer.lines.emplace_back(actor, static_cast<double>(count));
  }
  std::stable_sort(answer.lines.begin(), answer.lines.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return answer;
}

absl::StatusOr<QuestionAnswer> ApiQuestions::AskDepositsToday() {
  AggregateEventsRequest request = RequestFor(log_.end() - log_.today(), log_.end());
  request.set_filter("action = deposit_confirmed AND outcome = SUCCESS");
  request.add_sum("details.amount");
  QuestionAnswer answer;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<EventGroup> groups,
                           AskAllPages(std::move(request), answer.calls));
  uint64_t count = 0;
  double sum = 0;
  for (const EventGroup& group : groups) {
    count += group.count();
    sum += group.sums(0);
  }
  answer.lines = {{"count", static_cast<double>(count)}, {"sum", sum}};
  return answer;
}

absl::StatusOr<QuestionAnswer> ApiQuestions::AskLatestTen(int64_t user_id) {
  QueryEventsRequest request;
  request.set_filter(absl::StrCat("user_id = ", user_id));
  request.set_page_size(kTen);
  QuestionAnswer answer = {.calls = 0};
  do {
    DAYBOOK_ASSIGN_OR_RETURN(const QueryEventsResponse response, Query(request));
    ++answer.calls;
    for (const auto& event : response.events()) {
      answer.lines.emplace_back("seq", static_cast<double>(event.seq()));
    }
    request.set_page_size(kTen - static_cast<int>(answer.lines.size()));
    request.set_page_token(response.next_page_token());
  } while (answer.lines.size() < kTen && !request.page_token().empty());
  return answer;
}

absl::StatusOr<QuestionAnswer> ApiQuestions::AskOne(uint64_t seq) {
  audit::v1::GetEventRequest request;
  request.set_seq(seq);
  DAYBOOK_ASSIGN_OR_RETURN(const audit::v1::Event event, Get(request));
  return QuestionAnswer{.lines = {{"seq", static_cast<double>(event.seq())}}};
}

absl::StatusOr<std::vector<EventGroup>> ApiQuestions::AskAllPages(AggregateEventsRequest request,
                                                                  int& calls) {
  std::vector<EventGroup> groups;
  calls = 0;
  do {
    DAYBOOK_ASSIGN_OR_RETURN(AggregateEventsResponse response, Aggregate(request));
    ++calls;
    for (EventGroup& group : *response.mutable_groups()) groups.push_back(std::move(group));
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return groups;
}

}  // namespace daybook::bench
