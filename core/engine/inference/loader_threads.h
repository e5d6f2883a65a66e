#pragma once
#include <condition_variable>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/engine/inference/device_jpeg.h"

namespace plumbline {

/// Threads that load images for whoever computes, made once: loaders come and go. The oldest loader
/// is served first; one behind it begins when that has begun all of its batches, so that the first
/// images of the next range are there when this one ends.
///
/// Where a GPU decodes, some threads more have a stream and a decoder each, and do what others have
/// read.
class LoaderThreads {
 public:
  using Lock = std::unique_lock<std::mutex>;

  /// What a loader does; all of it is called with the lock.
  struct Client {
    std::function<bool()> has_work;
    std::function<bool()> has_begun_all;
    std::function<void(Lock&)> work;  ///< does one piece, without the lock while it takes long
    std::function<bool()> has_device_work = [] { return false; };
    std::function<void(Lock&, DeviceJpeg::Lane&)> device_work = {};
    std::function<void(std::exception_ptr)> failed;  ///< with what a piece threw
  };

  /// `for_gpu`: as many as the process has of the machine (beside other ranks a part of its cores),
  /// since none of them computes; else one. `decoder`: null, or the GPU's. Errors (device): the
  /// decoder or the system gives nothing.
  static Result<std::shared_ptr<LoaderThreads>> make(bool for_gpu,
                                                     std::shared_ptr<const DeviceJpeg> decoder);
  ~LoaderThreads();
  LoaderThreads(const LoaderThreads&) = delete;
  LoaderThreads& operator=(const LoaderThreads&) = delete;

  bool for_gpu() const { return for_gpu_; }
  const DeviceJpeg* decoder() const { return decoder_.get(); }
  /// Those that read and decode; 0 where the system gives none: then whoever waits does the work.
  std::size_t count() const { return threads_.size(); }

  std::mutex mutex;
  std::condition_variable changed;  ///< to be told of whenever there may be work
  int batches = 0;                  ///< that loaders have begun and nobody has taken; by the lock

 private:
  struct Entry {
    Client client;
    int busy = 0;  ///< threads that are in it
  };

 public:
  using Place = std::list<Entry>::iterator;
  /// Without the lock, both. remove() waits for threads that are in it.
  Place add(Client client);
  void remove(Place place);

 private:
  LoaderThreads(bool for_gpu, std::shared_ptr<const DeviceJpeg> decoder);
  void work();
  void decode(DeviceJpeg::Lane& lane);
  /// Serves clients until it stops. `find`: one with work; `step`: does a piece of it.
  template <class Find, class Step>
  void serve(const Find& find, const Step& step);
  Entry* with_work();
  Entry* with_device_work();

  bool for_gpu_;
  std::shared_ptr<const DeviceJpeg> decoder_;
  std::list<Entry> entries_;  ///< the oldest first
  bool stopping_ = false;
  std::vector<std::unique_ptr<DeviceJpeg::Lane>> lanes_;
  std::vector<std::jthread> threads_, decoding_;  // last: joined before the rest goes
};

}  // namespace plumbline
