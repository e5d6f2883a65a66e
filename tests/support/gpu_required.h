#pragma once
#include <QByteArray>
#include <QtTest>

namespace plumbline::test {

/// Whether a test that needs a GPU must not be passed over: PLUMBLINE_REQUIRE_GPU=1, on machines
/// that are there to run them.
inline bool is_gpu_required() { return qgetenv("PLUMBLINE_REQUIRE_GPU") == "1"; }

}  // namespace plumbline::test

/// Ends a test function where there is no GPU: skipped, with what is not run, or failed where GPUs
/// are required. The one way in which tests are skipped for want of a GPU.
#define SKIP_WITHOUT_GPU(is_there, what)                               \
  do {                                                                 \
    if (!(is_there)) {                                                 \
      if (::plumbline::test::is_gpu_required())                        \
        QFAIL("no GPU here, and PLUMBLINE_REQUIRE_GPU is set: " what); \
      QSKIP("no GPU here: " what);                                     \
    }                                                                  \
  } while (false)
