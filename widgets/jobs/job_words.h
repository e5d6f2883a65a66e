#pragma once
#include <QString>
#include <QStringList>

#include "core/jobs/job_folder.h"

namespace plumbline {

/// What a job does, from its subject: "Run r7 · cifar10 test, 4 models × 4 views".
QString job_title(const JobFolder& job);
/// The same of what a job works on; empty where that is not known.
QString subject_title(const JobSubject& subject);

/// The name of the run that a job computes; empty for other jobs.
QString job_run(const JobFolder& job);

QString job_state_name(JobState state);

/// Why a job did not come to its end, and what to do: "the card does not fit – check its classes".
/// What only a terminal has (`--resume`) is not among it. Empty for a job that did, or is at work.
QString job_end_words(const JobFolder& job);

/// "1 min 06 s", "42 s", "3 h 05 min".
QString duration_text(double seconds);

/// A command line that a POSIX shell reads as these words.
QString shell_line(const QStringList& words);

}  // namespace plumbline
