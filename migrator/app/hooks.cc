#include "migrator/app/hooks.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "telemetry/log.h"

namespace daybook::migrator::app {
namespace {

using telemetry::JsonQuoted;

constexpr absl::Duration kPatience = absl::Seconds(30);

std::vector<std::string> WordsOf(const std::string& hook) {
  return absl::StrSplit(hook, ' ', absl::SkipWhitespace());
}

// Its arguments may hold a secret, such as a webhook's URL.
std::string NameOfHook(const std::string& hook) {
  const std::vector<std::string> words = WordsOf(hook);
  return words.empty() ? "" : words.front();
}

std::string WhatFailed(const std::string& hook, absl::string_view event, const absl::Status& why) {
  return absl::StrCat("the hook ", NameOfHook(hook), " failed at ", event, ": ", why.message());
}

}  // namespace

process::Command Hooks::CommandFor(const std::string& hook, absl::string_view event,
                                   const Fields& fields) const {
  std::string json =
      absl::StrCat("{\"event\":", JsonQuoted(event), ",\"run_id\":", JsonQuoted(options_.run_id),
                   ",\"database\":", JsonQuoted(options_.database));
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&json, ",", JsonQuoted(name), ":", JsonQuoted(value));
  }
  return {.arguments = WordsOf(hook),
          .input = absl::StrCat(json, "}\n"),
          .environment = {absl::StrCat("DAYBOOK_MIGRATE_EVENT=", event)}};
}

absl::Status Hooks::Run(const std::string& hook, absl::string_view event, const Fields& fields) {
  DAYBOOK_ASSIGN_OR_RETURN(process::Child child,
                           process::Child::Start(CommandFor(hook, event, fields)));
  return child.Wait(absl::Now() + kPatience, &options_.stop);
}

absl::Status Hooks::Ask(absl::string_view event, const Fields& fields) {
  for (const std::string& hook : options_.outlets.hooks) {
    const absl::Status told = Run(hook, event, fields);
    if (told.ok() || absl::IsCancelled(told)) {
      DAYBOOK_RETURN_IF_ERROR(told);
      continue;
    }
    const std::string what = WhatFailed(hook, event, told);
    if (options_.outlets.hooks_required) {
      return migration::Failure(ExitCode::kRefused, absl::StrCat(what, "; nothing was changed"),
                                "mend the hook, or let it be --hook-policy best-effort");
    }
    report_.Step("warning", what);
  }
  return absl::OkStatus();
}

void Hooks::Mention(absl::string_view event, const Fields& fields) {
  const std::vector<std::string>& hooks = options_.outlets.hooks;
  busy_.resize(hooks.size());
  for (size_t i = 0; i < hooks.size(); ++i) {
    if (busy_[i] && !busy_[i]->HasEnded()) continue;
    busy_[i].reset();
    absl::StatusOr<process::Child> started =
        process::Child::Start(CommandFor(hooks[i], event, fields));
    // One that cannot be started will be told of when it is waited for.
    if (started.ok()) busy_[i].emplace(*std::move(started));
  }
}

void Hooks::Conclude(absl::string_view event, const Fields& fields) {
  for (const std::string& hook : options_.outlets.hooks) {
    absl::StatusOr<process::Child> child = process::Child::Start(CommandFor(hook, event, fields));
    absl::Status told = child.status();
    if (child.ok() && options_.stop) {
      child->Abandon();
    } else if (child.ok()) {
      told = child->Wait(absl::Now() + kPatience, &options_.stop);
    }
    if (!told.ok() && !absl::IsCancelled(told)) {
      report_.Step("warning", WhatFailed(hook, event, told));
    }
  }
}

}  // namespace daybook::migrator::app
