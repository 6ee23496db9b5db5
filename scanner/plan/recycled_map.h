#pragma once
// RecycledMap: a hash map for entries that come and go thousands of times a second.

#include <cstddef>
#include <iterator>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fleetscan::plan {

/// As std::unordered_map, but the next value that is added moves into the place of one that was
/// erased: once as many are held as ever will be, nothing is allocated. Keeps at most kSpare such
/// places.
template <typename Key, typename Value>
class RecycledMap {
  using Map = std::unordered_map<Key, Value>;

 public:
  using iterator = typename Map::iterator;
  using const_iterator = typename Map::const_iterator;

  [[nodiscard]] iterator begin() { return map_.begin(); }
  [[nodiscard]] iterator end() { return map_.end(); }
  [[nodiscard]] const_iterator begin() const { return map_.begin(); }
  [[nodiscard]] const_iterator end() const { return map_.end(); }
  [[nodiscard]] std::size_t size() const { return map_.size(); }
  [[nodiscard]] bool empty() const { return map_.empty(); }
  [[nodiscard]] iterator find(const Key& key) { return map_.find(key); }
  [[nodiscard]] const_iterator find(const Key& key) const { return map_.find(key); }
  /// REQUIRES: there is such a key
  [[nodiscard]] Value& at(const Key& key) { return map_.at(key); }
  [[nodiscard]] const Value& at(const Key& key) const { return map_.at(key); }

  /// @return where `key` is, with a value of its own if it is new, and whether it is
  std::pair<iterator, bool> try_emplace(const Key& key) {
    if (spare_.empty()) return map_.try_emplace(key);
    spare_.back().key() = key;
    auto placed = map_.insert(std::move(spare_.back()));
    if (placed.inserted)
      spare_.pop_back();
    else
      spare_.back() = std::move(placed.node);
    return {placed.position, placed.inserted};
  }
  Value& operator[](const Key& key) { return try_emplace(key).first->second; }

  /// Destroys the value at once.
  /// @return what follows it
  iterator erase(iterator place) {
    if (spare_.size() == kSpare) return map_.erase(place);
    const auto next = std::next(place);
    auto node = map_.extract(place);
    renew(node.mapped());
    spare_.push_back(std::move(node));
    return next;
  }
  void erase(const Key& key) {
    if (const auto found = map_.find(key); found != map_.end()) erase(found);
  }

 private:
  static constexpr std::size_t kSpare = 256;

  static void renew(Value& value) {
    std::destroy_at(&value);
    std::construct_at(&value);
  }

  Map map_;
  std::vector<typename Map::node_type> spare_;
};

}  // namespace fleetscan::plan
