#include "core/jobs/control_lines.h"
#include "core/jobs/job_folder.h"
#include "core/planer/search_events.h"
#include "tests/fuzz/reader.h"

/// What a job's folder holds.
namespace plumbline::fuzz {

void read_job_events(Content content) {
  const std::string_view text = text_of(content);
  JobLog whole(search_events_of("planer-search")), pieces(search_events_of("planer-search"));
  whole.feed(text);
  for (std::size_t i = 0; i < text.size(); i += 7) pieces.feed(text.substr(i, 7));
  expect(whole.events == pieces.events && whole.ignored == pieces.ignored &&
             whole.warning_count == pieces.warning_count && whole.done == pieces.done,
         "events are the same in whatever pieces they come");
  static_cast<void>(search_events(whole));
}

/// The description, and after a zero byte the events.
void read_job_folder(Content content) {
  const std::string_view text = text_of(content);
  const std::size_t end = std::min(text.find('\0'), text.size());
  scratch_file("job.json", content.first(end));
  scratch_file("events.jsonl", content.subspan(std::min(end + 1, content.size())));
  auto job = JobFolder::open(scratch_folder(), search_events_of);
  if (!taken(job)) return;
  job->refresh();
  static_cast<void>(job->state());
  static_cast<void>(retried(job->description()));
}

void read_control_lines(Content content) {
  const std::string_view text = text_of(content);
  ControlLines whole, pieces;
  whole.feed(text);
  for (std::size_t i = 0; i < text.size(); i += 3) pieces.feed(text.substr(i, 3));
  expect(whole.paused == pieces.paused && whole.cancelled == pieces.cancelled,
         "control lines are the same in whatever pieces they come");
}

}  // namespace plumbline::fuzz
