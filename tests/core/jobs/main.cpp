#include <QCoreApplication>

int test_control_lines(int argc, char** argv);
int test_job_log(int argc, char** argv);
int test_job_folder(int argc, char** argv);
int test_job_subject(int argc, char** argv);
int test_job(int argc, char** argv);

int main(int argc, char** argv) {
  const QCoreApplication application(argc, argv);
  int failures = 0;
  // The last one asks its own process to stop.
  for (const auto run :
       {test_control_lines, test_job_log, test_job_folder, test_job_subject, test_job})
    failures += run(argc, argv);
  return failures == 0 ? 0 : 1;
}
