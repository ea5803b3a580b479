#include "daybook/event_pages.h"

#include "core/status_macros.h"

namespace daybook::cli {

absl::Status ReadEventPages(Connection& connection, audit::v1::QueryEventsRequest& request,
                            const TakePage& take) {
  while (true) {
    grpc::ClientContext context;
    connection.Prepare(context);
    audit::v1::QueryEventsResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        connection.From(connection.stub().QueryEvents(&context, request, &page)));
    DAYBOOK_ASSIGN_OR_RETURN(const bool goes_on, take(page));
    if (!goes_on || page.next_page_token().empty()) return absl::OkStatus();
    request.set_page_token(page.next_page_token());
  }
}

}  // namespace daybook::cli
