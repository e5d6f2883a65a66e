#pragma once
#include "widgets/report/page_flow.h"

namespace plumbline {

/// Sets a table: rules above and below only, its heads again on each page, no row divided.
void set_table(PageFlow& flow, const ReportTable& table, const Report& report,
               const ReportFonts& fonts);

/// The height of caption, heads and the first two rows.
double least_table_height(const ReportTable& table, const Report& report, const ReportFonts& fonts);

}  // namespace plumbline
