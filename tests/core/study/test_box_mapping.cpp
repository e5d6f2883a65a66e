#include <QtTest>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/study/box_mapping.h"
#include "core/study/view_canvas.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

CardInput input_of(ResizeKind kind, int width, int height) {
  CardInput input;
  input.width = width;
  input.height = height;
  input.mean = {0, 0, 0};
  input.std = {1, 1, 1};
  input.resize.kind = kind;
  input.resize.size = std::min(width, height);
  return input;
}

/// One of each entry of the pool, and combinations.
std::vector<std::string> view_texts() {
  std::vector<std::string> texts;
  for (const ViewKind* kind : views::view_pool()) {
    if (kind->words.empty()) texts.emplace_back(kind->name);
    for (const auto word : kind->words)
      texts.push_back(std::string(kind->name) + "=" + std::string(word));
  }
  for (const char* text : {"flip_x+gamma=0.8", "rot90+flip_y", "rot270+scale=1.3",
                           "scale=0.5+flip_x", "translate=-0.2:0.15+rot180", "crop=tr+rot90"})
    texts.emplace_back(text);
  return texts;
}

double furthest(const BoxSides& a, const BoxSides& b) {
  return std::max({std::abs(a.left - b.left), std::abs(a.top - b.top), std::abs(a.right - b.right),
                   std::abs(a.bottom - b.bottom)});
}

}  // namespace

void TestBoxMapping::a_box_goes_there_and_back_data() {
  QTest::addColumn<QString>("text");
  for (const std::string& text : view_texts())
    QTest::addRow("%s", text.c_str()) << QString::fromStdString(text);
}

void TestBoxMapping::a_box_goes_there_and_back() {
  QFETCH(QString, text);
  const View view = value(parse_view(text.toStdString()));
  std::mt19937 random(7);
  const auto below = [&](double most) {
    return std::uniform_real_distribution<double>(0, most)(random);
  };
  for (const ResizeKind kind : {ResizeKind::stretch, ResizeKind::letterbox, ResizeKind::short_side})
    for (const auto& [width, height] : {std::pair{416, 416}, {640, 384}, {33, 71}})
      for (const auto& frame :
           {views::FrameSize{640, 480}, {481, 640}, {17, 4000}, {4096, 31}, {333, 333}, {1, 1}})
        for (const bool centre : {false, true}) {
          CardInput input = input_of(kind, width, height);
          if (centre) input.resize.anchor = "centre";
          const auto mapping = value(box_mapping(input, view, frame, "i"));
          for (int i = 0; i < 20; ++i) {
            const double left = below(frame.width), top = below(frame.height);
            const BoxSides box{left, top, left + below(frame.width - left),
                               top + below(frame.height - top)};
            const double off = furthest(mapping.to_image(mapping.to_input(box)), box);
            QVERIFY2(off < 1e-4, qPrintable(QString("off by %1").arg(off)));
          }
        }
}

/// What the mapping says of a point is where the canvas has it: a bright square on a dark image is
/// found again in the pixels that the network gets.
void TestBoxMapping::a_square_lies_where_it_is_seen_data() {
  QTest::addColumn<QString>("text");
  for (const char* text : {"identity", "flip_x", "flip_y", "rot90", "rot180", "rot270", "scale=1.2",
                           "scale=0.8", "translate=0.1:-0.1", "rot90+flip_x", "crop=c"})
    if (parse_view(text)) QTest::addRow("%s", text) << QString(text);
}

void TestBoxMapping::a_square_lies_where_it_is_seen() {
  QFETCH(QString, text);
  const View view = value(parse_view(text.toStdString()));
  const BoxSides square{130, 90, 170, 150};
  for (const auto& [image_width, image_height] : {std::pair{320, 240}, {250, 300}}) {
    Image image{image_width, image_height, 3, {}};
    image.pixels.assign(static_cast<std::size_t>(image_width * image_height * 3), 0);
    for (int y = static_cast<int>(square.top); y < static_cast<int>(square.bottom); ++y)
      for (int x = static_cast<int>(square.left); x < static_cast<int>(square.right); ++x)
        std::fill_n(image.pixels.begin() + (y * image_width + x) * 3, 3, std::uint8_t{255});
    for (const ResizeKind kind :
         {ResizeKind::stretch, ResizeKind::letterbox, ResizeKind::short_side}) {
      CardInput input = input_of(kind, 416, 352);
      input.resize.size = 360;
      input.resize.pad = 0;
      // What the canvas leaves to the op is mirrored there.
      const auto divided = value(divide_view(input, view));
      if (!(divided.rest == View())) continue;
      const auto canvas = value(put_on_canvas(image, divided.canvas, "i"));
      const auto bright = [&](int x, int y) {
        const auto place = static_cast<std::size_t>(y * input.width + x);
        return canvas.levels.values.empty() ? canvas.pixels.pixels[place * 3] > 127
                                            : canvas.levels.plane(0)[place] > 127;
      };
      BoxSides seen{1e9, 1e9, -1, -1};
      for (int y = 0; y < input.height; ++y)
        for (int x = 0; x < input.width; ++x)
          if (bright(x, y))
            seen = {std::min<double>(seen.left, x), std::min<double>(seen.top, y),
                    std::max<double>(seen.right, x + 1), std::max<double>(seen.bottom, y + 1)};
      const auto mapping = value(box_mapping(input, view, {image.width, image.height}, "i"));
      const double off = furthest(mapping.to_input(square), seen);
      QVERIFY2(off < 1.01, qPrintable(QString("off by %1 pixels of the input").arg(off)));
    }
  }
}

void TestBoxMapping::a_letterbox_divides_by_its_ratio() {
  // YOLOX's authors: r = min(416 / 480, 416 / 640) = 0.65, at the top left.
  CardInput input = input_of(ResizeKind::letterbox, 416, 416);
  const auto mapping = value(box_mapping(input, View(), {640, 480}, "i"));
  const BoxSides box = mapping.to_image({65, 130, 130, 195});
  QVERIFY(furthest(box, {100, 200, 200, 300}) < 1e-9);
  const auto mirrored = value(box_mapping(input, value(parse_view("flip_x")), {640, 480}, "i"));
  QVERIFY(furthest(mirrored.to_image({65, 130, 130, 195}), {440, 200, 540, 300}) < 1e-9);
}

}  // namespace plumbline::test
