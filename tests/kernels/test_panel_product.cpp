#include <QtTest>

#include <ATen/ATen.h>

#include "kernels/cpu/panel_product.h"
#include "tests/kernels/tests.h"

namespace plumbline::test {

using kernels::PanelProduct;
using kernels::row_stride;

namespace {

constexpr float untouched = -12345;
constexpr const char* no_kernels = "this processor runs none: LibTorch's product is used";

/// Matrices in larger ones, so that what is read or written beside them shows: beside what is read
/// are NaNs, beside the result `untouched`.
struct Product {
  int64_t rows, depth, columns;
  at::Tensor a, b, c;

  at::Tensor right() const { return b.narrow(1, 0, columns); }
  at::Tensor result() const { return c.narrow(0, 0, rows).narrow(1, 0, columns); }
  /// Whether the result is a · b and what was added to it, but for what so many roundings can do.
  bool is_right(const at::Tensor& added = at::zeros({1}), double times = 1) const {
    const at::Tensor left = a.narrow(1, 0, depth).to(at::kDouble), b64 = right().to(at::kDouble);
    const at::Tensor expected = times * left.mm(b64) + added;
    const at::Tensor sizes = times * left.abs().mm(b64.abs()) + added.abs();
    const double rounding = double(depth + 2) * std::exp2(-24);
    return (result() - expected).abs().le(sizes * rounding).all().item<bool>();
  }
  bool keeps_within() const {
    return c.eq(untouched).sum().item<int64_t>() == c.numel() - rows * columns;
  }

  PanelProduct::Right weights() const {
    return {b.const_data_ptr<float>(), b.stride(0), depth, columns};
  }
  void by(PanelProduct& product, const PanelProduct::Start& start,
          const PanelProduct::Right& next = PanelProduct::Right()) const {
    product.multiply(a.const_data_ptr<float>(), rows, weights(), start, c.mutable_data_ptr<float>(),
                     c.stride(0), next);
  }
};

Product random_product(int64_t rows, int64_t depth, int64_t columns) {
  const Product own{rows,
                    depth,
                    columns,
                    at::full({rows, row_stride}, NAN),
                    at::full({depth, columns + 5}, NAN),
                    at::full({rows + 1, columns + 3}, untouched)};
  own.a.narrow(1, 0, depth).normal_();
  own.right().normal_();
  return own;
}

/// A row for each kernel that this processor runs.
void add_kernels() {
  QTest::addColumn<int>("kernel");
  const auto kernels = kernels::tile_kernels();
  for (size_t i = 0; i < kernels.size(); ++i)
    QTest::addRow("panels of %d columns", static_cast<int>(kernels[i]->columns))
        << static_cast<int>(i);
  if (kernels.empty()) QTest::newRow("none") << -1;
}

}  // namespace

void TestPanelProduct::equals_the_definition_data() { add_kernels(); }

void TestPanelProduct::equals_the_definition() {
  QFETCH(int, kernel);
  if (kernel < 0) QSKIP(no_kernels);
  at::manual_seed(1);
  PanelProduct product(*kernels::tile_kernels().at(kernel));
  // Every height of a tile, several tiles, and what is left over at each edge.
  for (const int64_t rows : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 100})
    for (const auto& [depth, columns] : std::initializer_list<std::pair<int64_t, int64_t>>{
             {1, 1}, {7, 15}, {8, 16}, {9, 33}, {100, 17}, {255, 77}, {256, 32}}) {
      const Product own = random_product(rows, depth, columns);
      const auto what = QStringLiteral("%1 × %2 × %3").arg(rows).arg(depth).arg(columns);
      own.by(product, {});
      QVERIFY2(own.is_right(), qPrintable(what));
      QVERIFY2(own.keeps_within(), qPrintable(what));
    }
}

void TestPanelProduct::starts_are_added_data() { add_kernels(); }

void TestPanelProduct::starts_are_added() {
  QFETCH(int, kernel);
  if (kernel < 0) QSKIP(no_kernels);
  at::manual_seed(2);
  PanelProduct product(*kernels::tile_kernels().at(kernel));
  for (const int64_t columns : {3, 32, 50}) {
    const Product own = random_product(20, 30, columns);
    const at::Tensor row = at::randn({columns}), rows = at::randn({20, columns});
    own.by(product, {row.const_data_ptr<float>(), 0});
    QVERIFY(own.is_right(row));
    own.by(product, {rows.const_data_ptr<float>(), columns});
    QVERIFY(own.is_right(rows));
    // The result itself.
    own.by(product, {own.c.const_data_ptr<float>(), own.c.stride(0)});
    QVERIFY(own.is_right(rows, 2));
    QVERIFY(own.keeps_within());
  }
}

void TestPanelProduct::a_known_next_matrix_changes_nothing_data() { add_kernels(); }

void TestPanelProduct::a_known_next_matrix_changes_nothing() {
  QFETCH(int, kernel);
  if (kernel < 0) QSKIP(no_kernels);
  at::manual_seed(3);
  // Of which each has another depth and width than the one before.
  std::vector<Product> all;
  for (const int64_t rows : {1, 40})
    for (const int64_t columns : {5, 32, 70})
      for (const int64_t depth : {256, 1, 90}) all.push_back(random_product(rows, depth, columns));
  PanelProduct product(*kernels::tile_kernels().at(kernel));
  for (const Product& own : all) own.by(product, {});
  std::vector<at::Tensor> apart;
  for (const Product& own : all) {
    apart.push_back(own.c.clone());
    own.c.fill_(untouched);
  }
  // The next one, then one that is not.
  for (const size_t ahead : {1, 2}) {
    for (size_t i = 0; i < all.size(); ++i)
      all[i].by(product, {},
                i + ahead < all.size() ? all[i + ahead].weights() : PanelProduct::Right());
    for (size_t i = 0; i < all.size(); ++i) {
      QVERIFY(at::equal(all[i].c, apart[i]));
      all[i].c.fill_(untouched);
    }
  }
}

void TestPanelProduct::rows_do_not_depend_on_those_beside_them_data() { add_kernels(); }

void TestPanelProduct::rows_do_not_depend_on_those_beside_them() {
  QFETCH(int, kernel);
  if (kernel < 0) QSKIP(no_kernels);
  at::manual_seed(4);
  PanelProduct product(*kernels::tile_kernels().at(kernel));
  const Product whole = random_product(31, 200, 45);
  whole.by(product, {});
  for (const int64_t size : {1, 4, 17}) {
    at::Tensor parts = at::empty_like(whole.c);
    for (int64_t row = 0; row < 31; row += size)
      product.multiply(whole.a[row].const_data_ptr<float>(), std::min<int64_t>(size, 31 - row),
                       whole.weights(), {}, parts[row].mutable_data_ptr<float>(), parts.stride(0),
                       {});
    QVERIFY(at::equal(parts.narrow(0, 0, 31).narrow(1, 0, 45), whole.result()));
  }
}

}  // namespace plumbline::test
