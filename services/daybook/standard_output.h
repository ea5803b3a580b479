#pragma once

namespace daybook::cli {

// Whether nobody reads stdout any more: the other end of its pipe is closed, or its
// terminal is gone. Then it is no failure that what is left to write cannot be written.
bool IsStdoutUnread();

}  // namespace daybook::cli
