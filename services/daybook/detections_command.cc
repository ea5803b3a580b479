#include "daybook/detections_command.h"

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/csv.h"
#include "daybook/event_json.h"
#include "daybook/event_table.h"
#include "daybook/failure.h"
#include "daybook/follow.h"
#include "daybook/group_question.h"
#include "daybook/terminal_text.h"
#include "daybook/text_table.h"
#include "daybook/whole_number.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::Detection;
using ::daybook::audit::v1::ListDetectionsRequest;
using ::daybook::audit::v1::ListDetectionsResponse;
using ::daybook::audit::v1::WatchDetectionsRequest;
using ::daybook::audit::v1::WatchDetectionsResponse;

constexpr uint64_t kDetectionsInPage = 1'000;
constexpr size_t kLeastKeys = 8;

std::string SeverityText(const Detection& detection) {
  return std::string(
      absl::StripPrefix(audit::v1::Severity_Name(detection.severity()), "SEVERITY_"));
}

Emphasis EmphasisOf(const Detection& detection) {
  switch (detection.severity()) {
    case audit::v1::SEVERITY_INFO:
      return Emphasis::kPlain;
    case audit::v1::SEVERITY_WARNING:
      return Emphasis::kWarning;
    default:
      return Emphasis::kBad;
  }
}

// "actor user:7, tenant a": whom or what it is about.
std::string KeysText(const Detection& detection) {
  std::vector<std::string> keys;
  keys.reserve(static_cast<size_t>(detection.keys_size()));
  for (int i = 0; i < detection.keys_size(); ++i) {
    const bool is_named = i < detection.group_by_size();
    keys.push_back(is_named ? absl::StrCat(GroupName(detection.group_by(i)), " ", detection.keys(i))
                            : detection.keys(i));
  }
  return absl::StrJoin(keys, ", ");
}

}  // namespace

// Shows detections one by one, as EventPrinter does events.
class DetectionPrinter {
 public:
  DetectionPrinter(Format format, const Look& look)
      : format_(format),
        look_(look),
        table_({{.name = "SEQ"},
                {.name = "FIRED"},
                {.name = "SEVERITY"},
                {.name = "RULE", .least = kLeastKeys},
                {.name = "KEYS", .least = kLeastKeys},
                {.name = "COUNT", .is_number = true},
                {.name = "EVENTS", .least = kLeastKeys, .gives_way = 1}},
               look, std::cout) {
    if (format_ != Format::kCsv) return;
    WriteCsv({{.value = "seq"},
              {.value = "fire_time"},
              {.value = "severity"},
              {.value = "rule"},
              {.value = "keys"},
              {.value = "count"},
              {.value = "sample_seqs"}},
             look_, std::cout);
  }

  void Print(const Detection& detection) {
    const std::string samples = absl::StrJoin(detection.sample_seqs(), " ");
    switch (format_) {
      case Format::kTable:
        table_.Add({{.text = absl::StrCat(detection.seq())},
                    TimeCell(detection.fire_time(), look_.zone),
                    {.text = SeverityText(detection), .emphasis = EmphasisOf(detection)},
                    {.text = detection.rule()},
                    {.text = KeysText(detection)},
                    {.text = absl::StrCat(detection.count())},
                    {.text = samples}});
        return;
      case Format::kJson:
        std::cout << ToJson(detection) << '\n';
        return;
      case Format::kCsv:
        WriteCsv({{.value = absl::StrCat(detection.seq())},
                  {.value = FormatTime(MicrosOf(detection.fire_time()))},
                  {.value = SeverityText(detection)},
                  {.value = detection.rule(), .is_text = true},
                  {.value = KeysText(detection), .is_text = true},
                  {.value = absl::StrCat(detection.count())},
                  {.value = samples}},
                 look_, std::cout);
        return;
    }
  }

  void Flush() {
    table_.Flush();
    std::cout.flush();
  }

 private:
  const Format format_;
  const Look look_;
  TextTable table_;
};

DetectionsCommand::DetectionsCommand(CLI::App& app)
    : app_(app.add_subcommand("detections", "Show the standing rules that fired, newest first")) {
  app_->add_option("--rule", rule_, "Only this rule's");
  auto* const limit = app_->add_option("--limit", limit_, "At most so many; 0 is all")
                          ->transform(WholeNumber())
                          ->capture_default_str();
  auto* const watch = app_->add_flag("--watch", watch_, "Show them as they fire, until ^C");
  watch->excludes(limit);
  app_->add_option("--since-seq", since_seq_,
                   "Watch from this event on; by default from the next one")
      ->transform(WholeNumber())
      ->needs(watch);
  look_.AddTo(*app_);
  app_->footer(
      "Example: daybook detections --rule failed_logins\n"
      "Example: daybook detections --watch --json");
}

absl::Status DetectionsCommand::List(Connection& connection, DetectionPrinter& printer) const {
  ListDetectionsRequest request;
  request.set_rule(rule_);
  uint64_t left = limit_ == 0 ? UINT64_MAX : limit_;
  bool has_more = true;
  while (left > 0 && has_more && std::cout) {
    request.set_page_size(static_cast<int32_t>(std::min(left, kDetectionsInPage)));
    grpc::ClientContext context;
    connection.Prepare(context);
    ListDetectionsResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        connection.From(connection.stub().ListDetections(&context, request, &page)));
    for (const Detection& detection : page.detections()) printer.Print(detection);
    left -= static_cast<uint64_t>(page.detections_size());
    has_more = !page.next_page_token().empty();
    request.set_page_token(page.next_page_token());
  }
  printer.Flush();
  if (has_more && std::cout) std::cerr << "daybook: there may be more; --limit 0 shows all\n";
  return absl::OkStatus();
}

absl::Status DetectionsCommand::Watch(Connection& connection, Interruption& interruption,
                                      DetectionPrinter& printer) const {
  const auto open = [&](grpc::ClientContext& context, std::optional<uint64_t> start_seq) {
    WatchDetectionsRequest request;
    request.set_rule(rule_);
    if (start_seq) request.set_start_seq(*start_seq);
    return connection.stub().WatchDetections(&context, request);
  };
  const auto take = [&printer](const WatchDetectionsResponse& message) {
    if (!message.has_detection()) return;
    printer.Print(message.detection());
    printer.Flush();
  };
  return Follow<WatchDetectionsResponse>(connection, interruption).Run(since_seq_, open, take);
}

ExitCode DetectionsCommand::Run(Connection& connection, Interruption* interruption,
                                bool json) const {
  if (look_.IsBoth(json)) return TellFailure(UsageError("--json and --csv are one too many"));
  DetectionPrinter printer(look_.FormatWith(json), look_.ForStdout());
  const absl::Status shown = interruption == nullptr ? List(connection, printer)
                                                     : Watch(connection, *interruption, printer);
  return shown.ok() ? ExitCode::kDone : connection.Fail(shown);
}

}  // namespace daybook::cli
