#include "reports/summary/past.h"

#include <doctest/doctest.h>

using namespace fleetscan;
using summary::Past;

TEST_CASE("Past: what earlier runs say of a target leaves out this one") {
  Past past;
  past.courses = {{"back", "..xoo"}, {"down", "ooxxx"}, {"new", "x"}, {"never", "xxxx"}};
  CHECK(past.earlier("back").runs == 2);
  CHECK(past.earlier("back").reached == 1);
  CHECK(past.earlier("down").runs == 4);
  CHECK(past.earlier("down").reached == 2);
  CHECK(past.earlier("new").runs == 0);
  CHECK(past.earlier("never").runs == 3);
  CHECK(past.earlier("never").reached == 0);
  CHECK(past.earlier("unheard of").runs == 0);
}
