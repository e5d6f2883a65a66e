#pragma once
#include <QObject>
#include <QPointer>

#include <vector>

class QProcess;

namespace plumbline {

class JobCenter;

/// The devices that the engine finds on this machine. It is asked once, in a process of its own.
class DeviceList : public QObject {
  Q_OBJECT
 public:
  struct Device {
    QString key;   ///< cpu, cuda:0
    QString name;  ///< "NVIDIA H200"
  };
  explicit DeviceList(JobCenter* jobs, QObject* parent = nullptr);
  ~DeviceList() override;

  void ask();
  bool asked() const { return asked_; }
  bool is_asking() const { return asking_; }
  const std::vector<Device>& devices() const { return devices_; }
  bool has_gpu() const;

 Q_SIGNALS:
  void changed();  ///< the answer is there

 private:
  JobCenter* jobs_;
  QPointer<QProcess> process_;
  std::vector<Device> devices_;
  bool asked_ = false, asking_ = false;
};

}  // namespace plumbline
