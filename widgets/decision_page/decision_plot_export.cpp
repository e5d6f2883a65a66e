// Pictures and numbers of a plot, as they leave the window.
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileDialog>
#include <QGuiApplication>
#include <QMenu>
#include <QMimeData>
#include <QSaveFile>

#include <nlohmann/json.hpp>

#include "widgets/decision/review_command.h"
#include "widgets/decision_page/decision_plot.h"
#include "widgets/decision_page/decision_words.h"
#include "widgets/jobs/job_words.h"
#include "widgets/plot/plot_file.h"
#include "widgets/style/colours.h"
#include "widgets/text/numbers.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

/// Of a number the shortest form that reads back as the same.
QString plot_value_text(const QVariant& value) {
  if (!value.isValid()) return {};
  if (value.typeId() == QMetaType::Double)
    return QString::number(value.toDouble(), 'g', QLocale::FloatingPointShortest);
  return value.toString();
}

QString plot_field(QString text) {
  if (text.contains(u',') || text.contains(u'"') || text.contains(u'\n'))
    text = u'"' + text.replace(u'"', QStringLiteral("\"\"")) + u'"';
  return text;
}

QByteArray separated(const PlotTable& table, QChar separator, const char* line_end) {
  QByteArray bytes = table.columns.join(separator).toUtf8() + line_end;
  for (const auto& row : table.rows) {
    QStringList fields;
    for (const QVariant& value : row)
      fields << (separator == u',' ? plot_field(plot_value_text(value)) : plot_value_text(value));
    bytes += fields.join(separator).toUtf8() + line_end;
  }
  return bytes;
}

QByteArray as_json(const PlotTable& table, const QString& title, const QStringList& command) {
  using Json = nlohmann::ordered_json;
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json entry;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string key = table.columns[static_cast<qsizetype>(i)].toStdString();
      if (!row[i].isValid())
        entry[key] = nullptr;
      else if (row[i].typeId() == QMetaType::Double)
        entry[key] = row[i].toDouble();
      else if (row[i].canConvert<qlonglong>() && row[i].typeId() != QMetaType::QString)
        entry[key] = row[i].toLongLong();
      else
        entry[key] = row[i].toString().toStdString();
    }
    rows.push_back(std::move(entry));
  }
  const Json all = {{"schema", 1},
                    {"title", title.toStdString()},
                    {"command", shell_line(command).toStdString()},
                    {"rows", std::move(rows)}};
  return QByteArray::fromStdString(all.dump(1)) + '\n';
}

}  // namespace

bool DecisionPlot::save(const QString& file) {
  // On paper it is always light.
  const Theme theme = current_theme();
  detail::set_current_theme(Theme::light);
  rebuild();
  plot_->replot(QCustomPlot::rpImmediateRefresh);
  const bool saved = write_plot(plot_, file, words_.title);
  detail::set_current_theme(theme);
  rebuild();
  return saved;
}

bool DecisionPlot::save_numbers(const QString& file) const {
  const QByteArray bytes =
      file.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive)
          ? as_json(table(), words_.title, decide_command(*analysis_->review()))
          : separated(table(), u',', "\r\n");
  QSaveFile target(file);
  return target.open(QIODevice::WriteOnly) && target.write(bytes) == bytes.size() &&
         target.commit();
}

void DecisionPlot::copy() const {
  auto* both = new QMimeData;
  both->setImageData(plot_->toPixmap(plot_->width(), plot_->height(), 2).toImage());
  both->setText(QString::fromUtf8(separated(table(), u'\t', "\n")));
  QGuiApplication::clipboard()->setMimeData(both);
}

void DecisionPlot::ask_for_picture() {
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Save “%1”").arg(words_.title),
                                   QString::fromLatin1(words_.name) + QStringLiteral(".pdf"),
                                   tr("PDF (*.pdf);;SVG (*.svg);;PNG (*.png)"));
  if (file.isEmpty()) return;
  if (save(file))
    Q_EMIT said(tr("The plot was written to %1").arg(file));
  else
    Q_EMIT failed(
        tr("%1 cannot be written. Does the folder exist, and may it be written to?").arg(file));
}

void DecisionPlot::ask_for_numbers() {
  const QString file =
      QFileDialog::getSaveFileName(this, tr("Save the numbers of “%1”").arg(words_.title),
                                   QString::fromLatin1(words_.name) + QStringLiteral(".csv"),
                                   tr("CSV (*.csv);;JSON with its command (*.json)"));
  if (file.isEmpty()) return;
  if (save_numbers(file))
    Q_EMIT said(
        tr("Wrote %1 to %2")
            .arg(counted(static_cast<qint64>(table().rows.size()), tr("row"), tr("rows")), file));
  else
    Q_EMIT failed(
        tr("%1 cannot be written. Does the folder exist, and may it be written to?").arg(file));
}

void DecisionPlot::contextMenuEvent(QContextMenuEvent* event) {
  if (!drawn_) return;
  QMenu menu(this);
  menu.addAction(tr("Copy picture and numbers"), this, [this] { copy(); });
  menu.addAction(tr("Save picture…"), this, &DecisionPlot::ask_for_picture);
  menu.addAction(tr("Save numbers…"), this, &DecisionPlot::ask_for_numbers);
  menu.addSeparator();
  menu.addAction(tr("Fit (double click)"), this, &DecisionPlot::fit);
  menu.exec(event->globalPos());
}

}  // namespace plumbline
