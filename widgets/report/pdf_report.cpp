#include "widgets/report/pdf_report.h"

#include <QBuffer>
#include <QPageSize>
#include <QPainter>
#include <QPdfWriter>

#include "core/data/atomic_file.h"
#include "core/report/writers/pdf_outline.h"
#include "widgets/report/report_pages.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr int units_an_inch = 720;

tl::unexpected<Error> stopped_pdf() {
  return fail(ErrorKind::cancelled, "the report was cancelled", {}, "nothing was written");
}

}  // namespace

Result<void> write_pdf_report(const Report& report, const std::filesystem::path& out,
                              const ReportProgress& progress) {
  const ReportPages pages =
      lay_out_report(report, [&] { return !progress || progress("breaking into pages", 0.92); });
  if (progress && !progress("writing pages", 0.95)) return stopped_pdf();
  QByteArray bytes;
  QBuffer buffer(&bytes);
  if (!buffer.open(QIODevice::WriteOnly))
    return fail(ErrorKind::device, "there is not enough memory for the PDF");
  {
    QPdfWriter writer(&buffer);
    writer.setTitle(text_of(report.title));
    writer.setCreator(QStringLiteral("Plumbline ") + text_of(report.version));
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins({});
    writer.setResolution(units_an_inch);
    QPainter painter;
    if (!painter.begin(&writer)) return fail(ErrorKind::device, "the PDF cannot be started");
    for (std::size_t page = 0; page < pages.pages.size(); ++page) {
      if (page > 0) writer.newPage();
      if (page % 16 == 0 && progress &&
          !progress("writing pages", 0.95 + 0.05 * static_cast<double>(page) /
                                                static_cast<double>(pages.pages.size()))) {
        painter.end();
        return stopped_pdf();
      }
      paint_report_page(painter, pages, page);
    }
    painter.end();
  }
  std::vector<PdfBookmark> bookmarks;
  for (const PlacedHeading& heading : pages.headings)
    bookmarks.push_back({heading.title.toStdString(), heading.level, heading.page,
                         (paper_height - heading.y + 60) / 10});
  const auto whole = with_bookmarks(bytes.toStdString(), bookmarks);
  TRY(whole);
  return write_output(out, *whole);
}

}  // namespace plumbline
