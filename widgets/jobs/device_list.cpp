#include "widgets/jobs/device_list.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

#include <algorithm>

#include "widgets/jobs/job_center.h"

namespace plumbline {

DeviceList::DeviceList(JobCenter* jobs, QObject* parent) : QObject(parent), jobs_(jobs) {}

DeviceList::~DeviceList() {
  // Its end would call back into what is already gone.
  if (process_) {
    process_->disconnect(this);
    process_->kill();
    process_->waitForFinished(1000);
  }
}

bool DeviceList::has_gpu() const {
  return std::ranges::any_of(
      devices_, [](const Device& device) { return device.key.startsWith(QStringLiteral("cuda")); });
}

void DeviceList::ask() {
  if (asking_ || jobs_->engine().isEmpty()) return;
  asked_ = asking_ = true;
  auto* process = new QProcess(this);
  process_ = process;
  const auto done = [this, process] {
    if (!asking_) return;
    asking_ = false;
    process->deleteLater();
    const auto answer = QJsonDocument::fromJson(process->readAllStandardOutput()).object();
    devices_.clear();
    for (const auto value : answer.value(QStringLiteral("devices")).toArray()) {
      const QJsonObject device = value.toObject();
      const QString key = device.value(QStringLiteral("device")).toString();
      if (!key.isEmpty())
        devices_.push_back({key, device.value(QStringLiteral("name")).toString()});
    }
    Q_EMIT changed();
  };
  connect(process, &QProcess::finished, this, done);
  connect(process, &QProcess::errorOccurred, this, done);
  process->start(jobs_->engine(), {QStringLiteral("doctor"), QStringLiteral("--json")});
}

}  // namespace plumbline
