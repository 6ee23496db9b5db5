#pragma once
// Splits a CSV text (RFC 4180) into rows and fields, with the line on which each row begins.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fleetscan {

class CsvRows {
 public:
  /// @param text  must outlive the reader
  CsvRows(std::string_view text, char separator);

  /// Reads the next row that is not blank.
  /// @return false at the end
  bool next();

  [[nodiscard]] const std::vector<std::string>& fields() const { return fields_; }
  [[nodiscard]] std::uint32_t line() const { return row_line_; }
  /// What is wrong with the row: a quote that never ends, a row above kMaxLineBytes, NUL; or null.
  [[nodiscard]] const char* fault() const { return fault_; }

  /// The one of ',', ';' and TAB that stands most often in the first line.
  [[nodiscard]] static char separator_of(std::string_view text);

 private:
  void read_row();
  void read_quoted(std::string& field);

  std::string_view rest_;
  char separator_;
  std::uint32_t line_ = 1, row_line_ = 1;
  std::vector<std::string> fields_;
  const char* fault_ = nullptr;
};

}  // namespace fleetscan
