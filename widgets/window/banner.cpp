#include "widgets/window/banner.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

#include "widgets/style/colours.h"
#include "widgets/style/spacing.h"

namespace plumbline {

namespace {

constexpr int confirmation_ms = 10'000;
constexpr int edge_width = 3;  // of the strip at the left, in the tone's colour

}  // namespace

Banner::Banner(QWidget* parent)
    : QWidget(parent),
      text_(new QLabel(this)),
      actions_(new QWidget(this)),
      close_(new QToolButton(this)) {
  setObjectName(QStringLiteral("banner"));
  text_->setObjectName(QStringLiteral("banner_text"));
  text_->setTextFormat(Qt::PlainText);
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  close_->setObjectName(QStringLiteral("banner_close"));
  close_->setText(QStringLiteral("×"));
  close_->setAutoRaise(true);
  close_->setAccessibleName(tr("Dismiss the message"));
  close_->setToolTip(tr("Dismiss"));
  close_->setFocusPolicy(Qt::StrongFocus);
  auto* in_actions = new QHBoxLayout(actions_);
  in_actions->setContentsMargins(0, 0, 0, 0);
  in_actions->setSpacing(spacing::together);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(spacing::page_margin, spacing::together, spacing::grid,
                          spacing::together);
  row->setSpacing(spacing::page_margin);
  row->addWidget(text_, 1);
  row->addWidget(actions_, 0, Qt::AlignTop);
  row->addWidget(close_, 0, Qt::AlignTop);
  QSizePolicy as_high_as_needed(QSizePolicy::Preferred, QSizePolicy::Minimum);
  as_high_as_needed.setHeightForWidth(true);
  setSizePolicy(as_high_as_needed);
  leave_.setSingleShot(true);
  leave_.setInterval(confirmation_ms);
  connect(&leave_, &QTimer::timeout, this, &Banner::dismiss);
  connect(close_, &QToolButton::clicked, this, &Banner::dismiss);
  hide();
}

void Banner::show_message(Tone tone, const QString& text, std::vector<Action> actions) {
  tone_ = tone;
  text_->setText(text);
  text_->setAccessibleName(text);
  colour_words();
  qDeleteAll(actions_->findChildren<QToolButton*>(QString(), Qt::FindDirectChildrenOnly));
  for (Action& action : actions) {
    auto* button = new QToolButton(actions_);
    button->setText(action.words);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setObjectName(QStringLiteral("banner_action"));
    // What is done may say something else, which deletes the button.
    connect(button, &QToolButton::clicked, this, std::move(action.act), Qt::QueuedConnection);
    actions_->layout()->addWidget(button);
  }
  actions_->setVisible(!actions.empty());
  close_->setVisible(tone != Tone::offer);
  leave_.stop();
  if (tone == Tone::said) leave_.start();
  show();
  updateGeometry();
  update();
}

void Banner::dismiss() {
  leave_.stop();
  hide();  // hands the focus on
}

QString Banner::text() const { return isHidden() ? QString() : text_->text(); }

void Banner::colour_words() {
  QPalette palette = text_->palette();
  palette.setColor(QPalette::WindowText,
                   tone_ == Tone::failed ? colours().failure : colours().text);
  if (text_->palette() != palette) text_->setPalette(palette);
}

void Banner::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::ApplicationPaletteChange)
    colour_words();
  QWidget::changeEvent(event);
}

void Banner::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Colours& c = colours();
  painter.fillRect(rect(), tone_ == Tone::failed  ? c.failure_tint
                           : tone_ == Tone::offer ? c.accent_tint
                                                  : c.alternate_base);
  painter.fillRect(QRect(0, 0, edge_width, height()), tone_ == Tone::failed ? c.failure : c.accent);
  painter.fillRect(QRect(0, height() - 1, width(), 1), c.line);
}

}  // namespace plumbline
