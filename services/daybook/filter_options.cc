#include "daybook/filter_options.h"

#include <iostream>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/filter_text.h"
#include "daybook/terminal_text.h"
#include "daybook/whole_number.h"

namespace daybook::cli {
namespace {

template <typename Value>
CLI::Option* AddEach(CLI::App& app, const std::string& name, std::vector<Value>& into,
                     const std::string& what) {
  return app.add_option(name, into, absl::StrCat("Only ", what, "; may be given several times"))
      ->allow_extra_args(false);
}

template <typename Value, typename Write>
std::vector<std::string> Written(const std::vector<Value>& values, Write write) {
  std::vector<std::string> written;
  written.reserve(values.size());
  for (const Value& value : values) written.push_back(write(value));
  return written;
}

std::string RecordedAt(absl::string_view sign, absl::string_view time) {
  return absl::StrCat("created_at ", sign, " ", time);
}

}  // namespace

void FilterOptions::AddTo(CLI::App& app, Times times) {
  app.add_option("filter", filter_,
                 "Which events, such as: action = login_* AND created_at > ago(\"1h\")");
  AddEach(app, "--actor", actors_, "of this actor");
  AddEach(app, "--user-id", user_ids_, "of this user_id")->transform(SignedNumber());
  AddEach(app, "--telegram-id", telegram_ids_, "of this telegram_id");
  AddEach(app, "--action", actions_, "this action; login_* is all that begin so");
  app.add_option("--outcome", outcomes_, "Only these outcomes; may be given several times")
      ->allow_extra_args(false)
      ->transform(CLI::IsMember({"SUCCESS", "FAILURE", "DENIED"}, CLI::ignore_case));
  if (times == Times::kNotOffered) return;
  app.add_option("--since", since_,
                 "Only what was recorded since then: 1h, 2026-01-31, 2026-01-31T09:30:00+09:00");
  app.add_option("--until", until_, "Only what was recorded before then; likewise");
}

std::vector<std::string> FilterOptions::Parts() const {
  const auto number = [](int64_t value) { return absl::StrCat(value); };
  const auto as_it_is = [](const std::string& value) { return value; };
  return {filter_,
          FieldIsOneOf("actor", Written(actors_, TextInFilter)),
          FieldIsOneOf("user_id", Written(user_ids_, number)),
          FieldIsOneOf("telegram_id", Written(telegram_ids_, TextInFilter)),
          FieldIsOneOf("action", Written(actions_, PatternInFilter)),
          FieldIsOneOf("outcome", Written(outcomes_, as_it_is))};
}

absl::StatusOr<std::string> FilterOptions::Build(absl::TimeZone zone) const {
  std::vector<std::string> parts = Parts();
  for (const auto& [sign, text] : {std::pair(">=", since_), std::pair("<", until_)}) {
    if (text.empty()) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const std::string time, TimeInFilter(text, zone));
    parts.push_back(RecordedAt(sign, time));
  }
  return AllOf(parts);
}

absl::StatusOr<std::string> FilterOptions::BuildAsOf(absl::TimeZone zone, absl::Time now) const {
  std::vector<std::string> parts = Parts();
  for (const auto& [sign, text] : {std::pair(">=", since_), std::pair("<", until_)}) {
    if (text.empty()) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const absl::Time time, TimeOf(text, zone, now));
    parts.push_back(RecordedAt(sign, TextInFilter(FormatTime(FloorToMicros(time)))));
  }
  return AllOf(parts);
}

ExitCode TellFilterFailure(const Connection& connection, const FilterOptions& options,
                           const std::string& filter, const absl::Status& error) {
  const ExitCode code = connection.Fail(error);
  const std::string reason = ReasonIn(error);
  const bool is_about_it = reason == ReasonName(Reason::kFilterSyntax) ||
                           reason == ReasonName(Reason::kFilterFieldUnknown);
  if (is_about_it && filter != options.written()) {
    std::cerr << "  the whole filter: " << ForTerminal(filter) << '\n';
  }
  return code;
}

}  // namespace daybook::cli
