#include "daybook/event_printer.h"

#include "daybook/event_csv.h"
#include "daybook/event_json.h"
#include "daybook/event_table.h"

namespace daybook::cli {

EventPrinter::EventPrinter(Format format, const Look& look, std::ostream& out)
    : format_(format), look_(look), out_(out), table_(EventColumns(), look, out) {
  if (format_ == Format::kCsv) WriteCsv(EventCsvNames(), look_, out_);
}

void EventPrinter::Print(const audit::v1::Event& event) {
  switch (format_) {
    case Format::kTable:
      table_.Add(EventRow(event, look_.zone));
      return;
    case Format::kJson:
      out_ << ToJson(event) << '\n';
      return;
    case Format::kCsv:
      WriteCsv(EventCsvValues(event), look_, out_);
      return;
  }
}

void EventPrinter::Flush() {
  table_.Flush();
  out_.flush();
}

}  // namespace daybook::cli
