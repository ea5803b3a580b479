#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "query/term.h"

namespace daybook::query {

// What can be said of an event of which only something is known.
enum class Verdict { kNo, kMaybe, kYes };

// One step of a filter in postfix order: a term, or what joins the results of the steps
// before.
struct Step {
  enum class Kind { kTerm, kNot, kAll, kAny };
  Kind kind = Kind::kTerm;
  Term term = {};
  size_t count = 0;  // of what kAll and kAny join
};

// The events a query asks for.
//
// Immutable.
class Filter {
 public:
  // The filter that every event passes.
  Filter() = default;

  // `now` is what ago("…") counts from; without it there is no ago.
  //
  // INVALID_ARGUMENT on the field `filter`, with the column: FILTER_SYNTAX, also
  // for a value that the field cannot have; FILTER_FIELD_UNKNOWN.
  static absl::StatusOr<Filter> Parse(absl::string_view text,
                                      absl::Time now = absl::InfinitePast());

  // The events of these that meet `term` too.
  void Require(Term term);

  // Whether every event passes it.
  bool IsEverything() const { return steps_.empty(); }

  // In postfix order; none for the filter that every event passes.
  const std::vector<Step>& steps() const { return steps_; }

  // Terms that every event must meet which passes; often these are all.
  const std::vector<Term>& required() const { return required_; }

  // Whether an event passes of which `judge` says which terms hold.
  Verdict Judge(absl::FunctionRef<Verdict(const Term&)> judge) const;

  // One text for all spellings of the same filter.
  std::string Normalised() const;

 private:
  friend class Parser;
  Filter(std::vector<Step> steps, std::vector<Term> required)
      : steps_(std::move(steps)), required_(std::move(required)) {}

  std::vector<Step> steps_;
  std::vector<Term> required_;
};

}  // namespace daybook::query
