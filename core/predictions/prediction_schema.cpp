#include "core/predictions/prediction_schema.h"

#include <fmt/format.h>

#include "core/predictions/box_predictions.h"
#include "core/predictions/class_predictions.h"

namespace plumbline {

namespace {

Result<void> check_schema(const PredictionFile& file, const PredictionSchema& schema,
                          const std::filesystem::path& where) {
  if (file.envelope.version > schema.version)
    return bad_input(
        fmt::format("the prediction file is of version {}; this program reads versions up to {}",
                    file.envelope.version, schema.version),
        where.string(), "open the study with a newer Plumbline");
  return schema.check(file, where);
}

}  // namespace

NamedTable<PredictionSchema>& prediction_schemas() {
  static NamedTable<PredictionSchema> table = {&class_schema(), &box_schema()};
  return table;
}

Result<PredictionFile> open_checked_predictions(const std::filesystem::path& path,
                                                std::int64_t first, std::int64_t count) {
  auto file = open_predictions(path, first, count);
  TRY(file);
  const PredictionSchema* schema = prediction_schemas().find(file->envelope.kind);
  if (!schema)
    return wrong_prediction_file(path, fmt::format("contains '{}', which is not a known kind",
                                                   file->envelope.kind.substr(0, 80)));
  TRY(check_schema(*file, *schema, path));
  return file;
}

Result<PredictionFile> open_checked_predictions(const std::filesystem::path& path,
                                                std::int64_t first, std::int64_t count,
                                                const PredictionSchema& schema) {
  auto file = open_predictions(path, first, count);
  TRY(file);
  if (file->envelope.kind != schema.name)
    return wrong_prediction_file(
        path, fmt::format("contains '{}', not {}", file->envelope.kind.substr(0, 80), schema.name));
  TRY(check_schema(*file, schema, path));
  return file;
}

}  // namespace plumbline
