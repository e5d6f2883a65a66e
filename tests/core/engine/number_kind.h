#pragma once
#include <string>

namespace plumbline::test {

/// A third kind of output, that only tests have: one number a sample. `register_number_kind` adds
/// its lines to the tables (a card's output "number" of the task "regression", a schema and a head
/// "numbers"); all that it is lies in this file's source.
void register_number_kind();

/// A card of a model that gives a number.
std::string number_card(const std::string& name);

}  // namespace plumbline::test
