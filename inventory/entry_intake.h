#pragma once
// The EntryIntake turns the entries of the sources into targets of the table, or into exclusions.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/input_error.h"
#include "base/range_rows.h"
#include "inventory/entry.h"
#include "inventory/exclusions.h"
#include "inventory/expression.h"
#include "inventory/label_filter.h"
#include "inventory/target.h"
#include "inventory/target_table.h"

namespace fleetscan::inventory {

/// What the entries of a source are for.
enum class Use { probe, exclude };

class EntryIntake {
 public:
  /// How many pieces one expression may have, whatever --max-targets says.
  static constexpr std::uint64_t kMostPieces = std::uint64_t{1} << 20;

  /// @param port         where an entry names none
  /// @param most_pieces  of one expression; told as --max-targets
  /// Refers to the table and the exclusions.
  EntryIntake(std::uint16_t port, std::uint64_t most_pieces, TargetTable& table,
              Exclusions& exclusions)
      : port_(port), most_pieces_(most_pieces), table_(table), exclusions_(exclusions) {}

  /// The entries that follow are of this source.
  /// @param shown   what faults call it
  /// @param errors  told if there are too many sources
  void begin_source(const std::string& name, std::string shown, Use use, InputErrors& errors);
  /// They are of one that was begun before.
  void resume_source(std::uint16_t source);
  [[nodiscard]] std::uint16_t source() const { return source_; }
  [[nodiscard]] const std::string& name_of(std::uint16_t source) const { return names_[source]; }

  /// @param faults  told of what is wrong with it
  void add(const Entry& entry, Use use, InputErrors& faults);

  /// Entries of this source that could not be read become targets that are skipped. They count as
  /// odd, not as yielded.
  void skip(const std::vector<InputError>& faults);
  /// Likewise a host of which something is not understood, which does count as yielded.
  void skip(std::string_view host, std::uint32_t line, const std::string& reason);

  /// How many entries so far became targets, or are skipped on purpose.
  [[nodiscard]] std::uint64_t yielded() const { return yielded_; }

  /// What keeps secrets out of labels.
  [[nodiscard]] LabelFilter& label_filter() { return label_filter_; }

 private:
  void exclude(const Entry& entry, std::string_view where, const std::optional<Address>& address);
  void add_expression(const Entry& entry, Use use, InputErrors& faults);
  void probe(const Entry& entry, const Expression& expression, std::uint16_t port,
             InputErrors& faults);
  [[nodiscard]] Origin origin(const Entry& entry);
  [[nodiscard]] std::shared_ptr<const Labels> without_secrets(
      const std::shared_ptr<const Labels>& labels);
  void fail(const Entry& entry, std::string_view text, std::size_t offset, std::string remedy,
            InputErrors& faults);
  void fail_full(const Entry& entry, InputErrors& faults);
  [[nodiscard]] std::string name_of(const InputError& fault) const;
  void add_skipped(const std::string& text, std::uint32_t line, const std::string& reason);

  std::uint16_t port_;
  std::uint64_t most_pieces_;
  TargetTable& table_;
  Exclusions& exclusions_;
  LabelFilter label_filter_;
  std::vector<std::string> names_;  ///< of the sources
  std::string shown_;
  std::uint16_t source_ = 0;
  std::uint64_t yielded_ = 0;
  std::unordered_map<std::string, std::string> odd_names_;  ///< of entries, by what is said of them
  std::unordered_map<std::shared_ptr<const Labels>, std::shared_ptr<const Labels>> filtered_;
  std::shared_ptr<const Labels> last_labels_;     ///< of the last entry that had nothing else
  std::optional<std::uint32_t> last_annotation_;  ///< its number
};

}  // namespace fleetscan::inventory
