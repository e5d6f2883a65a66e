#pragma once

class QTableView;

namespace plumbline {

/// A table of rows of one line without a grid: whole rows are selected, one at a time, `Tab` leaves
/// it, and its head, `head_height` pixels, is in small type.
void show_as_rows(QTableView* table, int head_height);

}  // namespace plumbline
