#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/study/model_trust.h"
#include "core/study/study_connection.h"
#include "core/study/study_data.h"
#include "core/types/plain_name.h"

namespace plumbline {

Result<std::vector<ModelInfo>> StudyData::models() const {
  return state_->read([&]() -> Result<std::vector<ModelInfo>> {
    std::vector<ModelInfo> models;
    const auto trusted = trusted_files(state_->folder);
    SQLite::Statement rows(state_->database,
                           "SELECT id, name, file, hash, card FROM model ORDER BY id");
    while (rows.executeStep()) {
      ModelInfo model;
      model.id = rows.getColumn(0).getInt64();
      model.name = rows.getColumn(1).getString();
      model.file = rows.getColumn(2).getString();
      model.hash = rows.getColumn(3).getString();
      model.trusted = trusted.contains(model.hash);
      auto card = parse_model_card(rows.getColumn(4).getString(), model.name);
      TRY(card);
      model.card = std::move(*card);
      models.push_back(std::move(model));
    }
    return models;
  });
}

Result<ModelInfo> StudyData::model(std::string_view name) const {
  auto all = models();
  TRY(all);
  const auto found = std::ranges::find(*all, name, &ModelInfo::name);
  if (found != all->end()) return *found;
  std::vector<std::string> names;
  for (const auto& model : *all) names.push_back(model.name);
  return bad_input(fmt::format("there is no model '{}'", name), state_->folder.string(),
                   names.empty() ? "import one: plumbline-engine import model"
                                 : fmt::format("models: {}", fmt::join(names, ", ")));
}

Result<void> StudyData::add_model(const std::string& name, const std::filesystem::path& file,
                                  const std::string& hash, const ModelCard& card) {
  TRY(check_plain_name(name, "a model", "--name"));
  return state_->write([&]() -> Result<void> {
    SQLite::Statement find(state_->database, "SELECT hash, card FROM model WHERE name = ?");
    find.bind(1, name);
    if (find.executeStep()) {
      if (find.getColumn(0).getString() == hash && find.getColumn(1).getString() == card.text)
        return {};
      return bad_input(fmt::format("the study has another model '{}'", name),
                       state_->folder.string(), "give this one another name");
    }
    SQLite::Statement insert(state_->database,
                             "INSERT INTO model(name, file, hash, card) VALUES(?, ?, ?, ?)");
    insert.bind(1, name);
    insert.bind(2, file.string());
    insert.bind(3, hash);
    insert.bind(4, card.text);
    insert.exec();
    return {};
  });
}

Result<void> StudyData::trust_model(const std::string& name) {
  const auto found = model(name);
  TRY(found);
  return trust_file(state_->folder, found->name, found->hash);
}

Result<std::int64_t> StudyConnection::model_id(const std::string& name) const {
  SQLite::Statement find(database, "SELECT id FROM model WHERE name = ?");
  find.bind(1, name);
  if (find.executeStep()) return find.getColumn(0).getInt64();
  return bad_input(fmt::format("there is no model '{}'", name), folder.string());
}

}  // namespace plumbline
