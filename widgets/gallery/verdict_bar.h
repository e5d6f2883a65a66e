#pragma once
#include <QAbstractButton>

#include <array>
#include <optional>
#include <vector>

#include "core/decision/verdicts.h"
#include "widgets/bars/bar.h"
#include "widgets/text/verdict_words.h"

namespace plumbline {

/// One verdict with shape, name and count; checked: its images are shown.
class VerdictCounter : public QAbstractButton {
  Q_OBJECT
 public:
  explicit VerdictCounter(Verdict verdict, QWidget* parent = nullptr);

  Verdict verdict() const { return verdict_; }
  std::int64_t value() const { return value_; }
  void set_item(JudgedItem item);
  void set_value(std::int64_t value, bool stale);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  void alone();  ///< Ctrl+click: this one and no other

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;

 private:
  Verdict verdict_;
  JudgedItem item_ = JudgedItem::sample;
  std::int64_t value_ = 0;
  bool stale_ = false;
};

/// The four counters in proportion.
class ProportionBar : public QWidget {
  Q_OBJECT
 public:
  explicit ProportionBar(QWidget* parent = nullptr);
  void set_counts(const VerdictCounts& counts);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  VerdictCounts counts_;
};

/// Words and figures on one line, at its right end. Painted rather than written as rich text, which
/// is laid out anew with every step of a slider.
class FigureLine : public QWidget {
  Q_OBJECT
 public:
  struct Piece {
    QString text;
    bool figure = false;  ///< stands out from the words
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  explicit FigureLine(QWidget* parent = nullptr);

  /// `stale`: figures stand back like words.
  void set_pieces(std::vector<Piece> pieces, bool stale);
  QString text() const;
  QSize sizeHint() const override { return hint_; }
  QSize minimumSizeHint() const override { return hint_; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  std::vector<Piece> pieces_;
  bool stale_ = false;
  QString widest_;  ///< what hint_ was measured for
  QSize hint_;
};

/// What comes of the policy: counters that filter the gallery, their proportion, coverage, risk,
/// and the baseline at equal kept, which is never out of sight.
class VerdictBar : public Bar {
  Q_OBJECT
 public:
  explicit VerdictBar(QWidget* parent = nullptr);

  using Chosen = std::array<bool, verdict_kinds>;
  Chosen chosen() const;
  void set_chosen(const Chosen& chosen);
  void toggle(Verdict verdict);

  /// `stale`: the last figures, while new ones are computed.
  void show_counts(const VerdictCounts& counts, std::optional<std::int64_t> baseline_undetected,
                   bool stale);
  /// Counters of objects: found, undetected, false detections; the figures beside them and what
  /// they mean are the caller's.
  void show_objects(const VerdictCounts& counts, std::vector<FigureLine::Piece> figures,
                    const QString& explanation, bool stale, bool figures_stale);
  VerdictCounter* counter(Verdict verdict) const {
    return counters_[static_cast<std::size_t>(verdict)];
  }
  QString figures() const { return figures_->text(); }

 Q_SIGNALS:
  void chosen_changed();

 private:
  void set_item(JudgedItem item);

  JudgedItem item_ = JudgedItem::sample;
  std::array<VerdictCounter*, verdict_kinds> counters_{};
  ProportionBar* proportion_;
  FigureLine* figures_;
};

}  // namespace plumbline
