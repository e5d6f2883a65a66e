#pragma once

/// Each runs one class of tests and returns the number of failures.
int test_network_dialogs(int argc, char** argv);
int test_planer_models(int argc, char** argv);
int test_planer_launch(int argc, char** argv);
int test_planer_page(int argc, char** argv);
int test_planer_stream(int argc, char** argv);
