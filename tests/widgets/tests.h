#pragma once

/// Each runs one class of tests and returns the number of failures.
int test_gallery_grid(int argc, char** argv);
int test_texts(int argc, char** argv);
int test_item_models(int argc, char** argv);
int test_thumbnails(int argc, char** argv);
int test_compare_page(int argc, char** argv);
int test_costs(int argc, char** argv);
int test_decision_page(int argc, char** argv);
int test_decision_tools(int argc, char** argv);
int test_object_pages(int argc, char** argv);
int test_figures(int argc, char** argv);
int test_decision_commands(int argc, char** argv);
int test_figure_commands(int argc, char** argv);
int test_routes(int argc, char** argv);
int test_page_table(int argc, char** argv);
int test_policy_bar(int argc, char** argv);
int test_keys_and_access(int argc, char** argv);
int test_managed_networks(int argc, char** argv);
int test_managed_study(int argc, char** argv);
int test_window_gallery(int argc, char** argv);
int test_window_imports(int argc, char** argv);
int test_main_window(int argc, char** argv);
int test_report_page(int argc, char** argv);
int test_screenshot(int argc, char** argv);
