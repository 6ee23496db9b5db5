// With another_definition.cc, a type that two files define differently.

namespace fleetscan::test {
struct TwoDefinitions {
  int size = 1;
};

int size_of(const TwoDefinitions& it);
int size_of(const TwoDefinitions& it) { return it.size; }

}  // namespace fleetscan::test
