#include <QtTest>
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

}  // namespace plumbline::test
