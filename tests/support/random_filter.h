#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "support/random_event.h"

namespace daybook::testing {

// Filters of all that the language has, over the values of RandomEvents and some beside
// them. The same seed gives the same filters.
//
// Thread-compatible.
class RandomFilters {
 public:
  explicit RandomFilters(unsigned seed) : random_(seed) {}

  std::string Next() {
    std::string filter = Part();
    while (random_.Below(3) == 0) {
      filter = random_.Below(2) == 0 ? Join(std::move(filter)) : Negate(filter);
    }
    return filter;
  }

 private:
  std::string Part() { return random_.Below(4) == 0 ? Negate(Term()) : Term(); }

  std::string Negate(const std::string& filter) {
    return absl::StrCat(random_.OneOf({"NOT (", "-("}), filter, ")");
  }

  std::string Join(std::string filter) {
    const int more = 1 + random_.Below(3);
    filter = absl::StrCat("(", filter, ")");
    for (int i = 0; i < more; ++i) {
      absl::StrAppend(&filter, random_.OneOf({" AND ", " OR ", " OR ", " "}), Part());
    }
    return filter;
  }

  std::string Term() {
    switch (random_.Below(5)) {
      case 0:
        return absl::StrCat(random_.OneOf({"seq", "user_id", "producer_sequence"}), Ordered(),
                            random_.Below(5) - 1);
      case 1:
        return absl::StrCat(
            random_.OneOf({"created_at", "event_time"}), Ordered(),
            random_.OneOf({"1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z",
                           "1970-01-01T00:00:00.000003Z", "2026-01-01T00:00:00Z"}));
      case 2:
        return Member();
      case 3:
        return random_.OneOf({"outcome = FAILURE", "outcome != SUCCESS", "source = CLAIMED",
                              "outcome:DENIED", "source:*", "ip_address = 10.*",
                              "ip_address != \"::ffff:10.0.0.1\"", "ip_address:*",
                              "ip_address = *1", "ip_address:\"2001:db8::1\""});
      default:
        return Text();
    }
  }

  std::string Text() {
    const std::string field =
        random_.OneOf({"action", "reason", "telegram_id", "actor", "resource_type", "resource_id",
                       "user_agent", "tenant", "producer", "correlation_id", "request_id"});
    const std::string text =
        random_.OneOf({"login", "login_failed", "LIMIT", "100", "010", "user:7", "한글", "👩", "\\*",
                       "42", "42 ", "order-", "curl/8", "default", "\\\"quoted\\\"", "", "e", "i"});
    switch (random_.Below(4)) {
      case 0:
        return absl::StrCat(field, Ordered(), "\"", text, "\"");
      case 1:
        return absl::StrCat(field, random_.OneOf({" = ", " != "}), "\"", random_.OneOf({"*", ""}),
                            text, "*\"");
      case 2:
        return absl::StrCat(field, random_.OneOf({" = ", " != "}), "\"*", text, "\"");
      default:
        return random_.Below(3) == 0 ? absl::StrCat(field, ":*")
                                     : absl::StrCat(field, " : \"", text, "\"");
    }
  }

  std::string Member() {
    const std::string value =
        random_.OneOf({"1", "1.0", "10", "-3", "1e2", "9223372036854775807", "9223372036854775808",
                       "\"1\"", "KRW", "true", "null", "\"한글\"", "\"\""});
    const std::string member =
        random_.OneOf({"amount", "amount", "to.name", "to", "tags", "is_new", "\"a b\"", "none"});
    switch (random_.Below(5)) {
      case 0:
        return absl::StrCat("details.", member, ":*");
      case 1:
        return absl::StrCat("details.", member, " : ", value);
      case 2:
        return absl::StrCat("details:", random_.OneOf({"amount", "to", "none", "*"}));
      case 3:
        return absl::StrCat("details.", member, random_.OneOf({" = ", " != "}), value);
      default:
        return absl::StrCat("details.", member, Ordered(),
                            random_.OneOf({"1", "1.5", "-3", "9223372036854775806", "KRW", "z"}));
    }
  }

  std::string Ordered() { return random_.OneOf({" = ", " != ", " < ", " <= ", " > ", " >= "}); }

  RandomEvents random_;
};

}  // namespace daybook::testing
