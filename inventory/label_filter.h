#pragma once
// A LabelFilter takes from labels what is probably a secret, and remembers the names of what it
// took.

#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "inventory/target.h"

namespace fleetscan::inventory {

class LabelFilter {
 public:
  /// The labels without those whose name or value looks like a secret (see base/secrets.h): null
  /// where none are left, and the same pointer where all are.
  [[nodiscard]] std::shared_ptr<const Labels> filtered(const std::shared_ptr<const Labels>& labels);

  /// "password, secret: never labels, ..."; empty if nothing was taken.
  [[nodiscard]] std::string note() const;

 private:
  bool is_secret(const std::string& name, const std::string& value);

  std::unordered_map<std::string, bool> secret_names_;
  std::set<std::string> taken_;
  std::shared_ptr<const Labels> last_, last_filtered_;  ///< hosts that follow each other share them
};

}  // namespace fleetscan::inventory
