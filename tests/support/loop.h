#pragma once
// A libuv loop that fails the test if anything is still alive at its end.

#include <doctest/doctest.h>
#include <uv.h>

namespace fleetscan::test {

struct Loop {
  uv_loop_t uv;

  Loop() { REQUIRE(uv_loop_init(&uv) == 0); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() {
    uv_run(&uv, UV_RUN_DEFAULT);     // close callbacks
    CHECK(uv_loop_close(&uv) == 0);  // UV_EBUSY: a handle was left behind
  }
};

}  // namespace fleetscan::test
