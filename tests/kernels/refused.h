#pragma once
#include <QString>

#include <c10/util/Exception.h>

namespace plumbline::test {

/// Whether a call throws an error whose message contains `part`.
template <class Call>
bool refused(const Call& call, const char* part) {
  try {
    call();
  } catch (const c10::Error& error) {
    return QString(error.what_without_backtrace()).contains(part);
  }
  return false;
}

}  // namespace plumbline::test
