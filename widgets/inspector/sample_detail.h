#pragma once
#include <QImage>
#include <QObject>
#include <QString>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/review/opened_run.h"
#include "core/study/study.h"
#include "core/types/item_ref.h"

namespace plumbline {

/// What is read from files about one item's sample.
struct SampleDetail {
  ItemRef item;
  QString name;      ///< file, or the record's number
  QImage image;      ///< at most 2048 pixels wide and high; null where it cannot be decoded
  QSize image_size;  ///< of the file
  int channels = 0;
  QString image_error;
  /// Per voter of a run of classes: natural log-probabilities of all classes; empty where there are
  /// none.
  std::vector<std::vector<float>> log_probs;
};

/// Reads the details of the item that was asked for last, on a thread of its own.
class SampleDetailLoader : public QObject {
  Q_OBJECT
 public:
  explicit SampleDetailLoader(QObject* parent = nullptr);
  ~SampleDetailLoader() override;

  void set_run(std::shared_ptr<const OpenedRun> run);
  void ask(ItemRef item);
  bool idle() const;  ///< nothing is under way

 Q_SIGNALS:
  void loaded(const std::shared_ptr<const plumbline::SampleDetail>& detail);

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const OpenedRun> run_;  // guarded by mutex_
  std::optional<ItemRef> wanted_;         // guarded
  std::uint64_t asked_ = 0;               // guarded; drops what came too late
  bool stop_ = false, busy_ = false;      // guarded
  std::thread thread_;
};

}  // namespace plumbline
