#pragma once
#include "widgets/bars/bar.h"
#include "widgets/planer/planer_review.h"

class QComboBox;
class QPushButton;

namespace plumbline {

class DeviceList;

/// Network, text and the key of the latency: what the page is about. A key that was not measured
/// may be typed; then the page says so.
class PlanerBar : public Bar {
  Q_OBJECT
 public:
  PlanerBar(PlanerReview* review, DeviceList* devices, QWidget* parent = nullptr);

  /// The device's word on the engine's command line; empty where it is not in this machine.
  QString device_key() const;
  QString text_file() const;
  QComboBox* first() const { return network_; }

 Q_SIGNALS:
  void measure();

 private:
  void show_subject();
  void take_choice();
  void choose_text();

  PlanerReview* review_;
  DeviceList* devices_;
  QComboBox *network_, *text_, *batch_, *length_, *memory_, *precision_, *device_;
  QPushButton* measure_;
  bool filling_ = false;
};

}  // namespace plumbline
