#pragma once
#include "core/types/error.h"

namespace plumbline {

/// A process of its own that holds the ranks' store at a port of this machine, and ends when its
/// owner does, however that ends. Rank 0 is confined when its store is needed most, and a thread
/// that served it there would be the one that is not confined.
class StoreHost {
 public:
  /// Returns when the port is open. Requires one thread. Errors (device): the port is taken.
  static Result<StoreHost> begin(int port);
  StoreHost(StoreHost&& other) noexcept;
  StoreHost& operator=(StoreHost&& other) noexcept;
  ~StoreHost();

 private:
  StoreHost(int process, int life) : process_(process), life_(life) {}
  int process_ = -1;
  int life_ = -1;  ///< the end of a pipe that is closed with this process
};

}  // namespace plumbline
