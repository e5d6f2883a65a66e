#include "core/report/writers/pdf_outline.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace plumbline {

namespace {

/// The whole number behind `key`, white space between them.
std::optional<std::int64_t> number_after(std::string_view text, std::string_view key) {
  const std::size_t found = text.find(key);
  if (found == std::string_view::npos) return std::nullopt;
  std::size_t begin = found + key.size();
  while (begin < text.size() && (text[begin] == ' ' || text[begin] == '\n' || text[begin] == '\r'))
    ++begin;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), number);
  return error == std::errc() && end != text.data() + begin ? std::optional(number) : std::nullopt;
}

/// An object's dictionary, from "<<" on, up to its "endobj".
std::string_view object_body(std::string_view pdf, std::int64_t number) {
  const std::size_t begin = pdf.find(fmt::format("\n{} 0 obj", number));
  if (begin == std::string_view::npos) return {};
  const std::size_t open = pdf.find("<<", begin), end = pdf.find("endobj", begin);
  return open == std::string_view::npos || end == std::string_view::npos || open > end
             ? std::string_view()
             : pdf.substr(open, end - open);
}

std::vector<std::int64_t> page_numbers(std::string_view pages) {
  std::vector<std::int64_t> numbers;
  std::size_t at = pages.find("/Kids");
  const std::size_t end = at == std::string_view::npos ? at : pages.find(']', at);
  if (end == std::string_view::npos) return numbers;
  at = pages.find('[', at) + 1;
  while (at < end) {
    while (at < end && (pages[at] < '0' || pages[at] > '9')) ++at;
    std::int64_t number = 0;
    const auto [next, error] = std::from_chars(pages.data() + at, pages.data() + end, number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    at = pages.find('R', static_cast<std::size_t>(next - pages.data()));
    if (at == std::string_view::npos) break;
    ++at;
  }
  return numbers;
}

/// A text string as UTF-16 with its mark, in hexadecimal.
std::string text_string(std::string_view utf8) {
  std::string hex = "<FEFF";
  for (std::size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    std::uint32_t code = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < utf8.size(); ++k)
      code = code << 6 | (static_cast<unsigned char>(utf8[i + k]) & 63U);
    if (code >= 0x10000)
      hex += fmt::format("{:04X}{:04X}", 0xD800 + ((code - 0x10000) >> 10 & 0x3FF),
                         0xDC00 + ((code - 0x10000) & 0x3FF));
    else
      hex += fmt::format("{:04X}", code);
    i += length;
  }
  return hex + ">";
}

/// Who stands beside, above and below whom, by place; −1: nobody.
struct OutlinePlace {
  int parent = -1, previous = -1, next = -1, first = -1, last = -1;
  int below = 0;
};

std::vector<OutlinePlace> outline_tree(const std::vector<PdfBookmark>& bookmarks) {
  std::vector<OutlinePlace> places(bookmarks.size());
  std::vector<int> open;  // one a level
  int last_top = -1;
  for (int i = 0; i < static_cast<int>(bookmarks.size()); ++i) {
    const auto at = static_cast<std::size_t>(i);
    while (!open.empty() &&
           bookmarks[static_cast<std::size_t>(open.back())].level >= bookmarks[at].level)
      open.pop_back();
    const int parent = open.empty() ? -1 : open.back();
    places[at].parent = parent;
    int& last = parent < 0 ? last_top : places[static_cast<std::size_t>(parent)].last;
    if (last >= 0) {
      places[at].previous = last;
      places[static_cast<std::size_t>(last)].next = i;
    } else if (parent >= 0) {
      places[static_cast<std::size_t>(parent)].first = i;
    }
    last = i;
    for (const int above : open) ++places[static_cast<std::size_t>(above)].below;
    open.push_back(i);
  }
  return places;
}

tl::unexpected<Error> no_such_pdf() {
  return fail(ErrorKind::device, "bookmarks cannot be added to a PDF of this form");
}

}  // namespace

Result<std::string> with_bookmarks(std::string pdf, const std::vector<PdfBookmark>& bookmarks) {
  if (bookmarks.empty()) return pdf;
  const std::size_t trailer_at = pdf.rfind("trailer");
  if (trailer_at == std::string::npos) return no_such_pdf();
  const std::string trailer = pdf.substr(trailer_at);
  const auto size = number_after(trailer, "/Size"), root = number_after(trailer, "/Root"),
             info = number_after(trailer, "/Info"), xref = number_after(trailer, "startxref");
  if (!size || !root || !xref) return no_such_pdf();
  const std::string catalog(object_body(pdf, *root));
  const auto pages_object = number_after(catalog, "/Pages");
  if (!pages_object || !catalog.starts_with("<<")) return no_such_pdf();
  const std::vector<std::int64_t> pages = page_numbers(object_body(pdf, *pages_object));
  const std::vector<OutlinePlace> places = outline_tree(bookmarks);

  const std::int64_t outlines = *size;
  const auto object_of = [&](int place) { return outlines + 1 + place; };
  std::vector<std::pair<std::int64_t, std::size_t>> offsets;
  const auto begin_object = [&](std::int64_t number) {
    if (!pdf.ends_with('\n')) pdf += '\n';
    offsets.emplace_back(number, pdf.size());
    pdf += fmt::format("{} 0 obj\n", number);
  };
  begin_object(*root);
  pdf += fmt::format("<<\n/Outlines {} 0 R\n/PageMode /UseOutlines\n", outlines) +
         catalog.substr(2) + "endobj\n";
  int tops = 0, first = -1, last = -1;
  for (int i = 0; i < static_cast<int>(places.size()); ++i)
    if (places[static_cast<std::size_t>(i)].parent < 0) {
      if (first < 0) first = i;
      last = i;
      ++tops;
    }
  begin_object(outlines);
  pdf += fmt::format("<< /Type /Outlines /First {} 0 R /Last {} 0 R /Count {} >>\nendobj\n",
                     object_of(first), object_of(last), tops);
  for (int i = 0; i < static_cast<int>(places.size()); ++i) {
    const OutlinePlace& place = places[static_cast<std::size_t>(i)];
    const PdfBookmark& bookmark = bookmarks[static_cast<std::size_t>(i)];
    if (bookmark.page < 0 || static_cast<std::size_t>(bookmark.page) >= pages.size())
      return no_such_pdf();
    begin_object(object_of(i));
    pdf += fmt::format("<< /Title {} /Parent {} 0 R /Dest [{} 0 R /XYZ null {:.1f} null]",
                       text_string(bookmark.title),
                       place.parent < 0 ? outlines : object_of(place.parent),
                       pages[static_cast<std::size_t>(bookmark.page)], bookmark.top);
    if (place.previous >= 0) pdf += fmt::format(" /Prev {} 0 R", object_of(place.previous));
    if (place.next >= 0) pdf += fmt::format(" /Next {} 0 R", object_of(place.next));
    // A negative count: those below are folded away at first.
    if (place.first >= 0)
      pdf += fmt::format(" /First {} 0 R /Last {} 0 R /Count {}", object_of(place.first),
                         object_of(place.last), -place.below);
    pdf += " >>\nendobj\n";
  }
  const std::size_t table = pdf.size();
  pdf += "xref\n";
  for (const auto& [number, offset] : offsets)
    pdf += fmt::format("{} 1\n{:010} 00000 n \n", number, offset);
  pdf += fmt::format("trailer\n<<\n/Size {}\n/Root {} 0 R\n",
                     object_of(static_cast<int>(places.size())), *root);
  if (info) pdf += fmt::format("/Info {} 0 R\n", *info);
  pdf += fmt::format("/Prev {}\n>>\nstartxref\n{}\n%%EOF\n", *xref, table);
  return pdf;
}

}  // namespace plumbline
