// See one_definition.cc.

namespace fleetscan::test {

struct TwoDefinitions {
  long length = 1;
};

long length_of(const TwoDefinitions& it);
long length_of(const TwoDefinitions& it) { return it.length; }

}  // namespace fleetscan::test
