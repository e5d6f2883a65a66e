#include "widgets/window/status_line.h"

#include "widgets/bars/bar.h"
#include "widgets/decision/run_review.h"
#include "widgets/figures/figure_tips.h"
#include "widgets/style/fonts.h"
#include "widgets/style/spacing.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int message_ms = 15000;

void show_words(QLabel* label, const QString& text) {
  label->setText(text);
  label->setVisible(!text.isEmpty());
}

}  // namespace

StatusLine::StatusLine(QWidget* parent) : QStatusBar(parent) {
  setSizeGripEnabled(false);
  setFixedHeight(spacing::status_bar_height);
  setContentsMargins(spacing::grid, 0, spacing::grid, 0);
  const auto add = [&](const char* name, bool right) {
    auto* label = new SecondaryLabel({}, this);
    label->setObjectName(QString::fromLatin1(name));
    label->setFont(ui_font(TextSize::small));
    label->setContentsMargins(0, 0, right ? 0 : 16, 0);
    if (right)
      addPermanentWidget(label);
    else
      addWidget(label);
    return label;
  };
  study_ = add("status_study", false);
  run_ = add("status_run", false);
  explain(run_, "status.run");
  decoder_ = add("status_decoder", false);
  device_ = add("status_device", true);
  explain(decoder_, "status.decoder");
  explain(device_, "status.device");
}

void StatusLine::show_open(const Study* study, const RunReview* review) {
  QString run, decoder, device;
  if (review != nullptr) {
    const OpenedRun& open = review->run();
    const QString name = open.info.splits.size() > 1 ? text_of(open.info.name + " " + open.split)
                                                     : text_of(open.info.name);
    run =
        QStringLiteral("%1 · %2 × %3")
            .arg(name, counted(static_cast<qint64>(open.samples()), tr("sample"), tr("samples")),
                 counted(static_cast<qint64>(open.info.voters.size()), tr("voter"), tr("voters")));
    if (open.info.condition != View())
      run += tr(" · under %1").arg(text_of(to_string(open.info.condition)));
    if (open.committed < static_cast<std::int64_t>(open.samples()))
      run += tr(" · %1 computed so far").arg(with_thousands(open.committed));
    if (!open.info.decoder.empty()) decoder = tr("decoder %1").arg(text_of(open.info.decoder));
    if (!open.info.device_kind.empty())
      device = QStringLiteral("%1 · %2").arg(text_of(open.info.device_kind),
                                             text_of(open.info.precision));
  }
  show_words(study_, study != nullptr ? text_of(study->folder().filename().string())
                                      : tr("No study is open"));
  show_words(run_, run);
  show_words(decoder_, decoder);
  show_words(device_, device);
}

void StatusLine::say(const QString& message) { showMessage(message, message_ms); }

}  // namespace plumbline
