#include "scanner/plan/recycled_map.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fleetscan::plan {

TEST_CASE("RecycledMap: an erased value is destroyed at once, whatever becomes of its place") {
  plan::RecycledMap<int, std::shared_ptr<int>> map;
  const auto value = std::make_shared<int>(7);
  for (int round = 0; round < 3; ++round) {
    map[round] = value;
    CHECK(value.use_count() == 2);
    map.erase(round);
    CHECK(value.use_count() == 1);
  }
  CHECK(map.empty());
}

TEST_CASE("RecycledMap: a place that is used again begins empty") {
  plan::RecycledMap<int, std::string> map;
  map[1] = "one";
  map.erase(1);
  const auto [place, added] = map.try_emplace(2);
  CHECK(added);
  CHECK(place->first == 2);
  CHECK(place->second.empty());
}

TEST_CASE("RecycledMap: a key that is there keeps its value, with or without a spare place") {
  plan::RecycledMap<int, int> map;
  map[1] = 10;
  CHECK_FALSE(map.try_emplace(1).second);
  map[2] = 20;
  map.erase(2);
  CHECK_FALSE(map.try_emplace(1).second);
  CHECK(map.at(1) == 10);
  CHECK(map[3] == 0);  // the spare place was not lost
}

TEST_CASE("RecycledMap: holds what a map holds") {
  CHECK(rc::check([](const std::vector<std::pair<bool, std::uint8_t>>& steps) {
    RecycledMap<std::uint8_t, int> map;
    std::map<std::uint8_t, int> model;
    int value = 0;
    for (const auto& [add, key] : steps) {
      if (add) {
        map[key] = model[key] = ++value;
      } else {
        map.erase(key);
        model.erase(key);
      }
    }
    const std::map<std::uint8_t, int> held(map.begin(), map.end());
    RC_ASSERT(held == model);
    for (auto entry = map.begin(); entry != map.end();) entry = map.erase(entry);
    RC_ASSERT(map.empty());
  }));
}

}  // namespace fleetscan::plan
