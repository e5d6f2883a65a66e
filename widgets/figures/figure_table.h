#pragma once
#include <QHash>
#include <QString>
#include <QStringList>

#include <optional>
#include <span>
#include <string_view>

namespace plumbline {

/// What a number in the window is, and the command line that prints it.
struct FigureWords {
  std::string_view key;
  const char* definition;  ///< whole sentences, to be translated
  /// The engine's words, of which those in capitals stand for what a FigureSource has; empty where
  /// no command prints it, as of what is about to be computed.
  std::string_view command = {};
};

/// All that are no metric of the metric table: those have their definition in the report's, and are
/// printed by `decide`.
std::span<const FigureWords> figure_table();

/// Of the table, or of a metric; nothing for an unknown key.
std::optional<FigureWords> find_figure(std::string_view key);

/// What the words in capitals of a command stand for, each one or several words: STUDY, RUN, SPLIT,
/// SEARCH, NETWORK, VOTER, MODEL (one that is trained), SAMPLE; of a planned run DATASET, VOTERS,
/// PRECISION and DEVICE; VALIDATION is the split on which parameters are chosen, DAMAGE a voter
/// that is damaged, COSTS the options that say what errors and rejections cost; DECIDE, BASELINE,
/// FUSE, CHOSEN (on VALIDATION), CALIBRATED (the policy whose reliability is drawn) and COMPARE are
/// whole commands of what is under review.
using FigureSource = QHash<QString, QStringList>;

/// The words of the engine's command line, its program left out. Nothing where there is no command,
/// or where the source lacks what it names.
std::optional<QStringList> figure_command(const FigureWords& words, const FigureSource& source);

/// Definition, and below it the command line where there is one.
QString figure_explanation(const FigureWords& words, const FigureSource& source);

}  // namespace plumbline
