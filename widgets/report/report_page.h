#pragma once
#include <QPointer>
#include <QTimer>

#include <atomic>
#include <memory>
#include <optional>

#include "core/report/make_report.h"
#include "widgets/page/context.h"
#include "widgets/page/page.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QTabBar;

namespace plumbline {

class JobCenter;
class PickedItems;
class ReportPreview;
class SectionTree;
class TitleBar;
struct ReportPages;

/// What leaves the building: sections at the left, the document itself at the right. A study is
/// read again only for another run, decision, search or choice of cases; ticks, order and words
/// are set anew from what was read.
class ReportPage : public Page {
  Q_OBJECT
 public:
  static constexpr char page_key[] = "report";
  explicit ReportPage(const PageContext& context, QWidget* parent = nullptr);
  ~ReportPage() override;

  QString title() const override { return tr("Report"); }
  QString key() const override { return QString::fromLatin1(page_key); }
  std::vector<MenuCommand> commands() override;
  Result<void> show_study(const Study* study) override;
  bool shows_runs_of(std::string_view) const override { return true; }
  void show_run(RunReview* review) override;
  void show_notice(const QString& text) override;
  QWidget* main_view() override;
  bool wants_jobs_folded() const override { return true; }
  bool settled() const override;

  /// The report as it is shown; null before it is there.
  const Report* report() const { return report_.get(); }
  ReportPreview* preview() const { return preview_; }
  /// As one command line that writes the same.
  QString command() const;
  /// Writes in the format of the name's ending.
  void export_to(const QString& file);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  QWidget* make_side();
  QWidget* make_settings(QWidget* parent);
  QWidget* make_desk();
  void show_controls(bool there);
  void fill_choices(const Study* study);
  void fill_cases(const Study& study);
  CaseChoice chosen_cases() const;
  void show_picked();
  void take_choice();
  void make();
  void retell();
  void show_format();
  void save_choices();
  void ask_for_file();
  void say_problem(const QString& words);
  std::string format() const;

  std::filesystem::path folder_;
  const JobCenter* jobs_;  ///< of the window: it knows whether the study may be written to
  bool writable_ = false;
  QPointer<RunReview> open_;
  QPointer<PickedItems> picked_;
  ReportRequest request_;
  std::optional<MadeReport> made_;
  std::shared_ptr<const Report> report_;
  std::shared_ptr<std::atomic<int>> making_;  ///< results of older ones are dropped
  int pending_ = 0;
  bool stale_ = true;  ///< has to be made before it is looked at
  bool filling_ = false;
  QTimer rest_, save_rest_;

  QWidget* side_ = nullptr;
  TitleBar* sections_title_ = nullptr;
  SectionTree* tree_ = nullptr;
  QLineEdit *title_ = nullptr, *author_ = nullptr, *remarks_ = nullptr;
  QComboBox *decision_ = nullptr, *search_ = nullptr, *cases_ = nullptr, *zoom_ = nullptr;
  QCheckBox *provenance_ = nullptr, *paths_ = nullptr;
  QPushButton *export_ = nullptr, *copy_ = nullptr;
  QTabBar* formats_ = nullptr;
  QSpinBox *page_ = nullptr, *case_count_ = nullptr;
  QLabel *pages_ = nullptr, *problem_ = nullptr;
  QProgressBar* busy_ = nullptr;
  QStackedWidget* views_ = nullptr;
  ReportPreview* preview_ = nullptr;
  QPlainTextEdit* text_ = nullptr;
};

}  // namespace plumbline
