#pragma once
#include <string>
#include <vector>

#include "core/types/error.h"

namespace plumbline {

/// An entry of a document's outline, in the order of the document.
struct PdfBookmark {
  std::string title;  ///< UTF-8
  int level = 0;      ///< 0: at the top; else below the last one of a lower level
  int page = 0;       ///< from 0
  double top = 0;     ///< distance from the page's lower edge in points
};

/// A PDF with bookmarks: Qt writes none, so that they are appended as an incremental update (ISO
/// 32000-1, 7.5.6). Requires a document with a plain cross-reference table and a flat list of
/// pages, as Qt's are. Errors (device): it is none, or lacks such a page.
Result<std::string> with_bookmarks(std::string pdf, const std::vector<PdfBookmark>& bookmarks);

}  // namespace plumbline
