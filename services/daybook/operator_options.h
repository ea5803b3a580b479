#pragma once

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace daybook::cli {

// What a command asks for that takes something out of the log for good: who wants it
// and why, which the log keeps, and a yes.
class OperatorOptions {
 public:
  OperatorOptions();

  // Both must stay where they are.
  void AddTo(CLI::App& app);

  template <typename Request>
  void FillIn(Request& request) const {
    request.set_by(by_);
    request.set_ticket(ticket_);
    request.set_reason(reason_);
  }

  // Only to say what would become of it.
  bool dry_run() const { return dry_run_; }

  // Whether to go on: said beforehand, or typed now. `nothing_done` is what is said
  // otherwise.
  bool IsConfirmed(const std::string& question, const std::string& nothing_done) const;

 private:
  std::string by_;
  std::string ticket_;
  std::string reason_;
  bool dry_run_ = false;
  bool yes_ = false;
};

}  // namespace daybook::cli
