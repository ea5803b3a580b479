#include "daybook/event_printer.h"

#include "daybook/event_csv.h"
#include "daybook/event_json.h"
#include "daybook/event_table.h"

namespace daybook::cli {

EventPrinter::EventPrinter(Format format, const Look& look, std::ostream& out)
    : format_(format), zone_(look.zone), out_(out), table_(EventColumns(), look, out) {
  if (format_ == Format::kCsv) out_ << EventCsvHeader();
}

void EventPrinter::Print(const audit::v1::Event& event) {
  switch (format_) {
    case Format::kTable:
      table_.Add(EventRow(event, zone_));
      return;
    case Format::kJson:
      out_ << ToJson(event) << '\n';
      return;
    case Format::kCsv:
      out_ << EventCsvLine(event);
      return;
  }
}

void EventPrinter::Flush() {
  table_.Flush();
  out_.flush();
}

}  // namespace daybook::cli
