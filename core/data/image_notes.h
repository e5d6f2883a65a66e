#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/dataset_scan.h"
#include "core/data/image.h"

namespace plumbline {

/// What an import should say of an image that it can read: where its content is lost on the way to
/// 8 bits, grey or RGB.
struct ImageNote {
  bool one_colour = false;     ///< every pixel is the same
  bool transparent = false;    ///< alpha was dropped
  bool without_end = false;    ///< a JPEG without its end marker
  std::uint8_t dark_bits = 0;  ///< bits that its 16-bit values use, where those are 14 at most
  std::int32_t frames = 1;

  bool any() const {
    return one_colour || transparent || without_end || dark_bits > 0 || frames > 1;
  }
};

/// Looks at every pixel.
ImageNote note_of(const Image& image);

/// One warning a kind of loss: at the first image, with the number of all and the next two names.
/// `notes[i]` belongs to the image `names[i]`.
std::vector<ScanWarning> warnings_of(const std::vector<ImageNote>& notes,
                                     const std::vector<std::string_view>& names);

/// Folders that systems and programs put beside people's own: __MACOSX, @eaDir, lost+found and the
/// like, in any case of letters. They are no classes.
bool is_system_folder(std::string_view name);

}  // namespace plumbline
