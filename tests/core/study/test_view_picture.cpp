#include <QtTest>
#include <array>
#include <cmath>
#include <random>

#include "core/data/resize.h"
#include "core/study/view_picture.h"
#include "tests/core/study/tests.h"
#include "tests/support/study_fixture.h"

namespace plumbline::test {

namespace {

Image noise(int width, int height, int channels) {
  std::mt19937 random(5);
  Image image{width, height, channels, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * height * channels);
  for (auto& pixel : image.pixels) pixel = static_cast<std::uint8_t>(random());
  return image;
}

ModelCard card_of(int channels, int side) {
  ModelCard card;
  card.input.channels = channels;
  card.input.width = card.input.height = side;
  card.input.resize.kind = ResizeKind::stretch;
  return card;
}

}  // namespace

void TestViewPicture::identity_is_the_fitted_image() {
  const Image image = noise(41, 29, 3);
  const ModelCard card = card_of(3, 17);
  const Image seen = value(view_picture(image, card, View()));
  const Image fitted = value(fit_image(image, 3, 17, 17, card.input.resize, "x"));
  QVERIFY(seen.pixels == fitted.pixels);
  QCOMPARE(value(view_picture(image, card_of(1, 17), View())).channels, 1);
}

void TestViewPicture::flip_is_its_mirror() {
  const Image image = noise(16, 9, 3);
  for (const int side : {16, 15}) {
    const ModelCard card = card_of(3, side);
    const Image plain = value(view_picture(image, card, View()));
    const Image flipped = value(view_picture(image, card, value(parse_view("flip_x"))));
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        for (int c = 0; c < 3; ++c)
          QCOMPARE(flipped.pixels[static_cast<std::size_t>((y * side + x) * 3 + c)],
                   plain.pixels[static_cast<std::size_t>((y * side + side - 1 - x) * 3 + c)]);
  }
}

void TestViewPicture::gamma_is_the_rounded_formula() {
  Image levels{256, 1, 1, {}};
  for (int i = 0; i < 256; ++i) levels.pixels.push_back(static_cast<std::uint8_t>(i));
  ModelCard card = card_of(1, 1);
  card.input.width = 256;
  const Image seen = value(view_picture(levels, card, value(parse_view("gamma=0.5"))));
  for (int i = 0; i < 256; ++i)
    QCOMPARE(int(seen.pixels[static_cast<std::size_t>(i)]),
             static_cast<int>(std::lround(std::sqrt(255.0 * i))));
}

void TestViewPicture::geometry_acts_on_the_decoded_image() {
  // An image that is letterboxed: mirrored first, so that its padding stays where the card puts it.
  const Image image = noise(40, 20, 3);
  ModelCard card = card_of(3, 32);
  card.input.resize.kind = ResizeKind::letterbox;
  card.input.resize.pad = 114;
  Image mirrored = image;
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 40; ++x)
      for (int c = 0; c < 3; ++c)
        mirrored.pixels[static_cast<std::size_t>((y * 40 + x) * 3 + c)] =
            image.pixels[static_cast<std::size_t>(((19 - y) * 40 + x) * 3 + c)];
  const Image seen = value(view_picture(image, card, value(parse_view("flip_y"))));
  const Image fitted = value(fit_image(mirrored, 3, 32, 32, card.input.resize, "x"));
  QVERIFY(seen.pixels == fitted.pixels);
  QCOMPARE(int(seen.pixels.back()), 114);
}

void TestViewPicture::quarter_turns_are_fitted_as_turned_images() {
  const Image image = noise(40, 24, 1);
  ModelCard card = card_of(1, 20);
  card.input.height = 30;
  Image turned{24, 40, 1, {}};
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 24; ++x)
      turned.pixels.push_back(image.pixels[static_cast<std::size_t>(x * 40 + 39 - y)]);
  const Image seen = value(view_picture(image, card, value(parse_view("rot90"))));
  QVERIFY(seen.pixels == value(fit_image(turned, 1, 20, 30, card.input.resize, "x")).pixels);
}

void TestViewPicture::one_resampling_is_sharper_than_two() {
  // Stripes that survive one enlargement of the source, not a reduction and then an enlargement.
  Image stripes{256, 256, 1, {}};
  for (int y = 0; y < 256; ++y)
    for (int x = 0; x < 256; ++x) stripes.pixels.push_back(x / 4 % 2 != 0 ? 255 : 0);
  ModelCard card = card_of(1, 64);
  card.input.mean = {0.5};
  card.input.std = {0.25};
  const Image once = value(view_picture(stripes, card, value(parse_view("scale=2"))));
  const Image small = value(view_picture(stripes, card, View()));
  card.input.resize.kind = ResizeKind::none;
  const Image twice = value(view_picture(small, card, value(parse_view("scale=2"))));
  const auto contrast = [](const Image& image) {
    double sum = 0, squares = 0;
    for (const auto pixel : image.pixels) {
      sum += pixel;
      squares += pixel * pixel;
    }
    const auto n = static_cast<double>(image.pixels.size());
    return std::sqrt(squares / n - sum / n * sum / n);
  };
  QVERIFY(contrast(once) > 1.2 * contrast(twice));
}

void TestViewPicture::outside_is_the_cards_mean() {
  const Image image = noise(50, 50, 3);
  ModelCard card = card_of(3, 32);
  card.input.mean = {0.2, 0.4, 0.6};
  card.input.std = {1, 1, 1};
  for (const bool blue_first : {false, true}) {
    card.input.colour_order = blue_first ? "BGR" : "RGB";
    const Image seen = value(view_picture(image, card, value(parse_view("scale=0.5"))));
    const std::array<int, 3> expected =
        blue_first ? std::array{153, 102, 51} : std::array{51, 102, 153};
    for (std::size_t c = 0; c < 3; ++c) QCOMPARE(int(seen.pixels[c]), expected[c]);
  }
}

void TestViewPicture::grey_networks_refuse_views_of_colour() {
  const auto seen = view_picture(noise(8, 8, 3), card_of(1, 8), value(parse_view("flip_x+hue=20")));
  QVERIFY(!seen);
  QCOMPARE(seen.error().kind, ErrorKind::usage);
  QVERIFY(to_string(seen.error()).find("hue") != std::string::npos);
}

}  // namespace plumbline::test
