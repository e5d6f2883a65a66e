#pragma once
#include <QByteArray>

#include <initializer_list>

namespace plumbline::test {

/// Writes an archive of entries, stored as they are, as the format's description says it (APPNOTE
/// 4.3), independently of the reader. Checksums are zero.
class ZipWriter {
 public:
  void add(const QByteArray& name, const QByteArray& bytes) {
    packed = unpacked = bytes.size();
    add(name);
    file += bytes;
    packed = unpacked = 0;
  }
  void add(const QByteArray& name) {
    QByteArray entry = "PK\1\2";
    // Versions, flags, method, time, date and checksum are zero.
    entry += QByteArray(16, '\0') + number(packed, 4) + number(unpacked, 4);
    entry += number(name.size(), 2) + number(extra.size(), 2) + number(comment.size(), 2);
    entry += QByteArray(8, '\0') + number(offset < 0 ? file.size() : offset, 4);
    directory += entry + name + extra + comment;
    file += "PK\3\4" + QByteArray(22, '\0') + number(name.size(), 2) + number(0, 2) + name;
    ++entries;
  }
  QByteArray content(bool zip64 = false, const QByteArray& file_comment = {}) const {
    QByteArray all = file + directory;
    const auto begin = file.size();
    if (zip64) {
      const auto end64 = all.size();
      all += "PK\6\6" + number(44, 8) + QByteArray(12, '\0') + number(entries, 8) +
             number(entries, 8) + number(directory.size(), 8) + number(begin, 8);
      all += "PK\6\7" + number(0, 4) + number(end64, 8) + number(1, 4);
    }
    const qsizetype narrow = zip64 ? 0xffff : entries;
    all += "PK\5\6" + number(0, 4) + number(narrow, 2) + number(narrow, 2) +
           number(zip64 ? 0xffffffff : directory.size(), 4) +
           number(zip64 ? 0xffffffff : begin, 4) + number(file_comment.size(), 2) + file_comment;
    return all;
  }

  QByteArray extra, comment;
  qint64 packed = 0, unpacked = 0;  ///< what the next entries claim
  qint64 offset = -1;               ///< likewise; −1: where they are

 private:
  static QByteArray number(qint64 value, int bytes) {
    QByteArray text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
  }
  QByteArray file, directory;
  qsizetype entries = 0;
};

/// An archive of entries of these names.
inline QByteArray zip_of(std::initializer_list<const char*> names) {
  ZipWriter zip;
  for (const char* name : names) zip.add(name);
  return zip.content();
}

}  // namespace plumbline::test
