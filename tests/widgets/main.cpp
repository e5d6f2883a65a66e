#include <QApplication>
#include <QStandardPaths>

#include "tests/widgets/tests.h"
#include "widgets/style/theme.h"

int main(int argc, char** argv) {
  QStandardPaths::setTestModeEnabled(true);
  const QApplication application(argc, argv);
  plumbline::apply_theme(plumbline::Theme::light);
  int failures = 0;
  for (const auto run : {test_gallery_grid,
                         test_texts,
                         test_thumbnails,
                         test_item_models,
                         test_compare_page,
                         test_costs,
                         test_decision_page,
                         test_decision_tools,
                         test_object_pages,
                         test_policy_bar,
                         test_routes,
                         test_page_table,
                         test_main_window,
                         test_managed_networks,
                         test_managed_study,
                         test_window_gallery,
                         test_window_imports,
                         test_keys_and_access,
                         test_report_page,
                         test_figures,
                         test_decision_commands,
                         test_figure_commands,
                         test_screenshot})
    failures += run(argc, argv);
  return failures == 0 ? 0 : 1;
}
