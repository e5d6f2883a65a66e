#pragma once
#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

#include <memory>
#include <utility>

namespace plumbline {

/// Runs `work()` on another thread and then `done(result)` on the receiver's, unless the receiver
/// is gone by then. The receiver must live on the program's first thread.
template <class Work, class Done>
void run_in_background(QObject* receiver, Work work, Done done) {
  QThreadPool::globalInstance()->start([guard = QPointer<QObject>(receiver), work = std::move(work),
                                        done = std::move(done)]() mutable {
    using Outcome = decltype(work());
    // Shared, since the posted call has to be copyable and results need not be.
    auto outcome = std::make_shared<Outcome>(work());
    QCoreApplication* program = QCoreApplication::instance();
    if (program == nullptr) return;
    QMetaObject::invokeMethod(
        program,
        [guard, outcome, done = std::move(done)]() mutable {
          if (guard) done(std::move(*outcome));
        },
        Qt::QueuedConnection);
  });
}

}  // namespace plumbline
