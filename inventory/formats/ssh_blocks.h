#pragma once
// The blocks of an ssh_config(5) and of what it includes, and what they say of a host.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/input_error.h"
#include "inventory/formats/ssh_condition.h"
#include "inventory/formats/ssh_settings.h"

namespace fleetscan::inventory {

struct SshConfigFile {
  std::string name;
  std::string text;
};

/// Finds the files that an Include names: a pattern as it stands there, quotes removed.
using SshInclude = std::function<std::vector<SshConfigFile>(const std::string& pattern)>;

class SshBlocks {
 public:
  /// Reads a file and what it includes: at most 10,000 files in all, 16 deep.
  /// @param label_from  keywords whose value becomes a label of that name: "User", "Tag"
  SshBlocks(const SshConfigFile& file, const SshInclude& include,
            const std::vector<std::string>& label_from, InputErrors& errors,
            std::vector<std::string>& notes);

  /// A name of a Host line that is no pattern, where it stands first.
  struct Named {
    std::string host;
    std::string source;
    std::uint32_t line, column;
  };
  [[nodiscard]] const std::vector<Named>& named() const { return named_; }

  /// Match blocks with criteria that are not evaluated here.
  [[nodiscard]] std::uint64_t ignored_matches() const { return ignored_matches_; }

  /// What holds for a host: of each keyword the first value whose block applies. A canonical name
  /// or "Match final" is answered by a second pass, in which Host means what ssh connects to.
  /// @param given  what the command line says, which is stronger
  [[nodiscard]] SshSettings settings_for(const std::string& host,
                                         const SshSettings& given = {}) const;

 private:
  using Conditions = std::vector<std::size_t>;  ///< indices; all hold, since includes nest
  struct Block {
    Conditions conditions;
    SshSettings settings = {};
  };

  void read(const SshConfigFile& file, int depth);
  void line(std::string_view text, const Conditions& outer, int depth);
  void host(const std::vector<std::string>& words, const Conditions& outer, std::string_view line);
  void match(std::string_view text, const Conditions& outer);
  void includes(const std::vector<std::string>& patterns, int depth);
  void new_block(Conditions conditions);
  void begin(const Conditions& outer, SshCondition condition);
  void index();
  void add_blocks(const SshSituation& situation, SshSettings& settings) const;
  void fail(std::string_view text, std::string remedy);

  const SshInclude& include_;
  InputErrors& errors_;
  std::vector<std::string>& notes_;
  std::string name_;
  std::uint32_t number_ = 0;
  Conditions current_;  ///< of the block that lines go to
  std::vector<SshCondition> conditions_;
  std::vector<Block> blocks_;
  std::vector<Named> named_;
  std::unordered_set<std::string> listed_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_name_;
  std::vector<std::size_t> always_;
  std::uint64_t ignored_matches_ = 0;
  std::size_t included_ = 0;  ///< files
  bool too_deep_ = false;     ///< ... they nest, which is said once
  bool asks_for_final_pass_ = false;
  std::string local_user_;
  std::map<std::string, std::string> label_names_;  ///< as asked for, by keyword in lower case
};

}  // namespace fleetscan::inventory
