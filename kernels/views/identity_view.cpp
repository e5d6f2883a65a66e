#include "kernels/views/view_kind.h"

namespace plumbline::views {

extern const ViewKind identity_view;
const ViewKind identity_view = {.name = "identity", .summary = "the image as it is"};

}  // namespace plumbline::views
