#pragma once

/// For functions whose loops the compiler turns into vectors: compiled once for each width, the
/// loader picks. Sanitizers' instrumentation runs before the loader is ready for that.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PLUMBLINE_INSTRUMENTED  // as clang says it
#endif
#endif
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__) && !defined(PLUMBLINE_INSTRUMENTED)
#define PLUMBLINE_VECTORISED \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PLUMBLINE_VECTORISED
#endif
