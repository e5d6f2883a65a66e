#pragma once
#include <QString>

#include <cstdint>
#include <optional>
#include <variant>

#include "core/types/class_index.h"
#include "core/types/error.h"
#include "core/types/item_ref.h"

namespace plumbline {

/// A place of the workbench. What is empty stays as it is: a run alone leads to that run on the
/// first page that shows runs, an item alone to that image of the run that is open.
///
/// As text, in settings and in the anchors of notices: the page's key, then what is asked of it,
/// percent-encoded as in a URL: `failures?run=r1&sample=17`, `?search=s3`, `runs`.
struct Route {
  QString page = {};       ///< the page's key
  QString study = {};      ///< folder
  QString run = {};        ///< name
  QString split = {};      ///< of the run; empty: its first
  QString policy = {};     ///< as it is written: "polygraph(thr_conf=0.7)"; empty: the default
  QString decision = {};   ///< name of one that was saved; with it its run and its policy are meant
  QString condition = {};  ///< under which the run that is open is meant; "none": as it is
  QString search = {};     ///< name
  QString network = {};    ///< name
  QString verdict = {};    ///< what the images came to: "kept", "undetected", "caught", …
  std::optional<ItemRef> item = {};  ///< of the run's split; as text `sample` and `object`, from 0
  std::optional<ClassIndex> truth = {}, label = {};  ///< of the images; numbers, from 0
  /// Voters of the run, from 0: images that one gets wrong and the other right. As text `wrong` and
  /// `right`.
  std::optional<std::uint32_t> wrong_voter = {}, right_voter = {};

  friend bool operator==(const Route&, const Route&) = default;
};

QString to_text(const Route& route);
/// An error names the part that no route has.
Result<Route> parse_route(const QString& text);

/// A command of the window's menus, by its name: "import-model".
struct CommandName {
  QString name;
  friend bool operator==(const CommandName&, const CommandName&) = default;
};

/// Where an anchor in a notice leads. As text a command is `do:NAME`, a place is its own text.
using Link = std::variant<Route, CommandName>;

QString to_text(const Link& link);
Result<Link> parse_link(const QString& text);

/// An anchor in rich text. `words` are rich text.
QString anchor(const Link& link, const QString& words);

}  // namespace plumbline
