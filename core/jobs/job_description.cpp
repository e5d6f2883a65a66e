#include "core/jobs/job_description.h"

#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/data/atomic_file.h"
#include "core/jobs/event_fields.h"
#include "core/jobs/job.h"
#include "core/types/json_object.h"

namespace plumbline {

namespace {

constexpr std::uintmax_t longest_description = std::uintmax_t{1} << 20;

Result<std::string> read_text(const std::filesystem::path& file) {
  std::error_code code;
  const auto size = std::filesystem::file_size(file, code);
  if (code) return bad_input("there is no job", file.string());
  if (size > longest_description)
    return bad_input("the job's description is too long", file.string());
  std::ifstream stream(file, std::ios::binary);
  std::string text(size, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(size));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  return text;
}

}  // namespace

JobDescription describe_command(std::string kind, std::vector<std::string> command) {
  JobSubject subject = subject_of_command(kind, command);
  return {std::move(kind), std::move(command), std::move(subject)};
}

JobDescription retried(JobDescription description) {
  auto& words = description.command;
  // Whoever made the study may have written these words: trust is said anew.
  std::erase_if(words, [](const std::string& word) { return word.starts_with("--trust"); });
  if (const auto place = std::ranges::find(words, "--job"); place != words.end())
    words.erase(place, std::ranges::next(place, 2, words.end()));
  if (description.subject.retry == JobRetry::resume &&
      std::ranges::find(words, "--resume") == words.end())
    words.emplace_back("--resume");
  return description;
}

Result<JobDescription> read_job_description(const std::filesystem::path& file) {
  const auto text = read_text(file);
  TRY(text);
  const auto document = parse_json(*text, file.string());
  if (!document || !document->is_object())
    return bad_input("the job's description is damaged", file.string());
  std::vector<std::string> command;
  if (const auto words = document->find("command"); words != document->end() && words->is_array())
    for (const auto& word : *words)
      if (word.is_string()) command.push_back(word.get<std::string>());
  const std::string kind = text_field(*document, "kind");
  if (const auto written = document->find("subject"); written != document->end())
    if (auto subject = parse_job_subject(*written, file.string()))
      return JobDescription{kind, std::move(command), std::move(*subject)};
  return describe_command(kind, std::move(command));
}

Result<void> write_job_description(const std::filesystem::path& file, const std::string& id,
                                   const JobDescription& description, std::int64_t process) {
  nlohmann::ordered_json document = {{"v", event_version},
                                     {"id", id},
                                     {"kind", description.kind},
                                     {"command", description.command},
                                     {"subject", to_json(description.subject)}};
  if (process > 0) document["pid"] = process;
  return write_file_atomically(
      file, std::string_view(
                document.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)));
}

}  // namespace plumbline
