#pragma once

#include <ostream>

#include "daybook/audit/v1/event.pb.h"
#include "daybook/look.h"
#include "daybook/text_table.h"

namespace daybook::cli {

// Shows events one by one: as a table for people, as JSON, an object a line, or as
// comma-separated values.
//
// Thread-compatible.
class EventPrinter {
 public:
  // `out` must outlive it. Writes the header of comma-separated values at once.
  EventPrinter(Format format, const Look& look, std::ostream& out);

  void Print(const audit::v1::Event& event);

  // Writes what a table still holds back.
  void Flush();

 private:
  const Format format_;
  const Look look_;
  std::ostream& out_;
  TextTable table_;
};

}  // namespace daybook::cli
