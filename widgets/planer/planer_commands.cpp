#include "widgets/planer/planer_commands.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

#include "widgets/planer/search_progress.h"
#include "widgets/text/text_of.h"

namespace plumbline {

namespace {

constexpr double least_target = 0.01, greatest_target = 1;

std::int64_t whole(const nlohmann::ordered_json& settings, const char* key, std::int64_t other) {
  const auto found = settings.find(key);
  return found != settings.end() && found->is_number_integer() ? found->get<std::int64_t>() : other;
}

}  // namespace

SearchSettings settings_of(const PlanerCatalogue& catalogue, const PlanerSubject& subject) {
  SearchSettings settings;
  const SearchInfo* search = catalogue.search(subject.search);
  if (const NetworkInfo* network = catalogue.network(subject.network); network && network->text) {
    settings.text = text_of(network->text->file);
    settings.tokens = network->text->tokens;
  }
  // Where this subject has no search yet, the last one of the network is the pattern.
  if (search == nullptr)
    for (const SearchInfo& other : catalogue.searches)
      if (other.base == subject.network) search = &other;
  if (search == nullptr) return settings;
  if (search->name == subject.search) settings.name = search->name;
  settings.text = text_of(search->text.file);
  settings.tokens = search->text.tokens;
  const auto& kept = search->settings;
  settings.steps = whole(kept, "steps", settings.steps);
  settings.warm_up_steps = whole(kept, "warm_up_steps", 0);
  settings.search_steps = whole(kept, "search_steps", 0);
  settings.batch = whole(kept, "batch", 0);
  settings.seed = static_cast<std::uint64_t>(whole(kept, "seed", 1));
  settings.random = static_cast<int>(whole(kept, "random", 0));
  if (const auto found = kept.find("distillation"); found != kept.end() && found->is_number())
    settings.distillation = found->get<double>();
  if (const auto found = kept.find("precision"); found != kept.end() && found->is_string())
    settings.train_precision = found->get<std::string>();
  return settings;
}

std::string free_search_name(const PlanerCatalogue& catalogue,
                             const std::vector<std::string>& taken) {
  for (int i = 1;; ++i) {
    const std::string name = "s" + std::to_string(i);
    if (catalogue.search(name) == nullptr && std::ranges::count(taken, name) == 0) return name;
  }
}

QStringList search_command(const QString& study, const PlanerSubject& subject,
                           const SearchSettings& settings, const std::vector<double>& targets,
                           const QString& device) {
  const auto number = [](std::int64_t value) { return QString::number(value); };
  QStringList words{QStringLiteral("planer"),
                    targets.size() > 1 ? QStringLiteral("sweep") : QStringLiteral("search"),
                    study,
                    QStringLiteral("--name"),
                    text_of(settings.name),
                    QStringLiteral("--from"),
                    text_of(subject.network)};
  if (!settings.text.isEmpty())
    words << QStringLiteral("--text") << settings.text << QStringLiteral("--tokens")
          << text_of(settings.tokens);
  QStringList list;
  for (const double target : targets) list << QString::number(target, 'g', 4);
  words << (subject.cost == CostKind::energy ? QStringLiteral("--target-energy")
            : targets.size() > 1             ? QStringLiteral("--targets")
                                             : QStringLiteral("--target"))
        << list.join(u',') << QStringLiteral("--steps") << number(settings.steps);
  if (settings.warm_up_steps > 0)
    words << QStringLiteral("--warm-up") << number(settings.warm_up_steps);
  if (settings.search_steps > 0)
    words << QStringLiteral("--search-steps") << number(settings.search_steps);
  if (settings.batch > 0) words << QStringLiteral("--batch") << number(settings.batch);
  words << QStringLiteral("--seed") << QString::number(settings.seed)
        << QStringLiteral("--precision") << text_of(settings.train_precision)
        << QStringLiteral("--latency-batch") << number(subject.key.batch)
        << QStringLiteral("--latency-length") << number(subject.key.length)
        << QStringLiteral("--latency-memory") << number(subject.key.memory)
        << QStringLiteral("--latency-precision") << text_of(subject.key.precision)
        << QStringLiteral("--device") << device;
  if (settings.random > 0) words << QStringLiteral("--random") << number(settings.random);
  if (settings.distillation > 0)
    words << QStringLiteral("--distill") << QString::number(settings.distillation);
  words << QStringLiteral("--resume");
  return words;
}

QStringList train_further_command(const QString& study, const PlanerSubject& subject,
                                  const std::string& network, const QString& name,
                                  const SearchSettings& settings, const QString& device) {
  QStringList words{QStringLiteral("planer"),
                    QStringLiteral("train"),
                    study,
                    QStringLiteral("--name"),
                    name,
                    QStringLiteral("--from"),
                    text_of(network),
                    QStringLiteral("--steps")};
  words << QString::number(settings.steps);
  if (!settings.text.isEmpty())
    words << QStringLiteral("--text") << settings.text << QStringLiteral("--tokens")
          << text_of(settings.tokens);
  if (settings.batch > 0) words << QStringLiteral("--batch") << QString::number(settings.batch);
  words << QStringLiteral("--seed") << QString::number(settings.seed)
        << QStringLiteral("--precision") << text_of(settings.train_precision)
        << QStringLiteral("--device") << device;
  if (settings.distillation > 0)
    words << QStringLiteral("--teacher") << text_of(subject.network) << QStringLiteral("--distill")
          << QString::number(settings.distillation);
  words << QStringLiteral("--resume");
  return words;
}

QStringList profile_command(const QString& study, const PlanerSubject& subject,
                            const QString& device, const std::vector<std::int64_t>& batches) {
  QStringList words{QStringLiteral("planer"), QStringLiteral("profile"), study,
                    QStringLiteral("--name"), text_of(subject.network)};
  if (batches.empty()) {
    words << QStringLiteral("--batch") << QString::number(subject.key.batch);
  } else {
    QStringList list;
    for (const std::int64_t batch : batches) list << QString::number(batch);
    words << QStringLiteral("--batches") << list.join(u',');
  }
  words << QStringLiteral("--length") << QString::number(subject.key.length)
        << QStringLiteral("--memory") << QString::number(subject.key.memory)
        << QStringLiteral("--precision") << text_of(subject.key.precision)
        << QStringLiteral("--device") << device;
  // It takes minutes more: only where energy is what is looked at.
  if (subject.cost == CostKind::energy) words << QStringLiteral("--energy");
  return words;
}

QStringList export_command(const QString& study, const std::string& network, const QString& file) {
  const bool safetensors = file.endsWith(QStringLiteral(".safetensors"), Qt::CaseInsensitive);
  return {QStringLiteral("planer"),
          QStringLiteral("export"),
          study,
          QStringLiteral("--name"),
          text_of(network),
          QStringLiteral("--format"),
          safetensors ? QStringLiteral("safetensors") : QStringLiteral("torchscript"),
          QStringLiteral("-o"),
          file};
}

Result<std::vector<double>> parse_target_list(const QString& text) {
  std::vector<double> targets;
  static const QRegularExpression between(QStringLiteral("[,;\\s]+"));
  for (QString word : text.split(between, Qt::SkipEmptyParts)) {
    const QString written = word;
    if (word.endsWith(u'×')) word.chop(1);
    bool read = false;
    const double target = word.toDouble(&read);
    if (!read || !std::isfinite(target) || target < least_target || target > greatest_target)
      return usage_error("'" + written.toStdString() + "' is not a target", {},
                         "fractions of the baseline's, 0.01 to 1: 0.55, 0.45");
    const auto same = [&](double other) { return same_target(other, target); };
    if (std::ranges::none_of(targets, same)) targets.push_back(target);
  }
  if (targets.empty())
    return usage_error("there is no target", {},
                       "fractions of the baseline's, 0.01 to 1: 0.55, 0.45");
  return targets;
}

}  // namespace plumbline
