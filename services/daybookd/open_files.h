#pragma once

namespace daybook::daybookd {

// Lets this process open as many files as it may: the usual limit of 1,024 is for programs
// that call select(), and each reader of a segment and each connection takes one.
void RaiseFileLimit();

}  // namespace daybook::daybookd
