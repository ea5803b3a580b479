#pragma once

#include <thread>

#include <grpcpp/client_context.h>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

#include "core/mutex.h"

namespace daybook::cli {

// Ends what would go on for ever, cleanly: at ^C or SIGTERM, and where nobody reads
// stdout any more. To be made before the first thread: it keeps these signals for itself.
//
// Thread-safe.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool has_come() const;

  // Cancels the call once it comes, until Release(); at once where it has come.
  void Cancels(grpc::ClientContext& context);
  void Release();

  // Sleeps for so long, or until it comes.
  void WaitFor(absl::Duration pause);

 private:
  void Watch();
  void Come();

  int signals_;  // a signalfd
  int end_;      // an eventfd that ends the thread
  mutable Mutex mutex_;
  CondVar changed_;
  bool has_come_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread watcher_;
};

}  // namespace daybook::cli
