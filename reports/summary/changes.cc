#include "reports/summary/changes.h"

#include <array>
#include <string>
#include <vector>

#include "reports/summary/past.h"

namespace fleetscan::summary {

std::array<Change, 8> changes(const Past& past, const std::vector<std::string>& fresh) {
  return {{{"dark_subnets", "gone dark", &past.dark},
           {"new", "newly failing", &fresh},
           {"key_changed", "host key changed", &past.key_changed},
           {"recovered", "recovered", &past.recovered},
           {"software_changed", "software changed", &past.software_changed},
           {"added", "added", &past.added},
           {"removed", "removed", &past.removed},
           {"flapping", "flapping", &past.flapping}}};
}

}  // namespace fleetscan::summary
