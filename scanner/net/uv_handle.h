#pragma once
// Owning pointers to libuv handles.

#include <uv.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.h"

namespace fleetscan::net {

/// Gives a handle's memory back only once the loop has let go of it, which is when its close
/// callback runs, one turn of the loop after uv_close(). Until then callbacks may still come:
/// they find no owner in `data` and return.
template <typename Handle>
struct CloseThenDelete {
  void operator()(Handle* handle) const {
    handle->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
  }
};

template <typename Handle>
using UvHandle = std::unique_ptr<Handle, CloseThenDelete<Handle>>;

/// Initializes a handle with `init(loop, handle)`; its callbacks find `owner` in `data`. For kinds
/// that cannot fail: what signals and asyncs may lack, a loop has had since its beginning.
template <typename Handle, typename Init>
[[nodiscard]] UvHandle<Handle> make_handle(uv_loop_t& loop, void* owner, Init init) {
  auto handle = std::make_unique<Handle>();
  init(&loop, handle.get());
  handle->data = owner;
  return UvHandle<Handle>{handle.release()};
}

template <typename Member>
struct OwnerOf;
template <typename Owner, typename Result, typename... Args>
struct OwnerOf<Result (Owner::*)(Args...)> {
  using type = Owner;
  static constexpr bool takes_nothing = sizeof...(Args) == 0;
};

/// A callback for a handle of any kind: calls Member on the owner, if there still is one. Member
/// takes either all that libuv passes beside the handle, or nothing.
///
///     uv_idle_start(idle_.get(), on<&Scheduler::step>);
template <auto Member>
inline constexpr auto on = [](auto* handle, [[maybe_unused]] auto... args) {
  using Callee = OwnerOf<decltype(Member)>;
  auto* owner = static_cast<typename Callee::type*>(handle->data);
  if (!owner) return;
  if constexpr (Callee::takes_nothing)
    (owner->*Member)();
  else
    (owner->*Member)(args...);
};

/// Calls back once, at `when` or up to 2 ms after it, and never before.
inline void start_timer(uv_timer_t& timer, TimePoint when, uv_timer_cb callback) {
  uv_update_time(timer.loop);  // it counts from the loop's time, which is rounded down
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(when - steady_now());
  const auto rounded = std::max<std::int64_t>(wait.count(), -1) + 1;
  uv_timer_start(&timer, callback, static_cast<std::uint64_t>(rounded), 0);
}

/// A uv_poll for `descriptor`, not started; its callbacks find `owner` in `data`. Null when the
/// system cannot watch it: errno says why.
[[nodiscard]] inline UvHandle<uv_poll_t> make_poll(uv_loop_t& loop, void* owner, int descriptor) {
  auto handle = std::make_unique<uv_poll_t>();
  if (const int status = uv_poll_init(&loop, handle.get(), descriptor); status < 0) {
    handle.reset();
    errno = -status;
    return nullptr;
  }
  handle->data = owner;
  return UvHandle<uv_poll_t>{handle.release()};
}

}  // namespace fleetscan::net
