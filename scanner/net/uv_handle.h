#pragma once
// Owning pointers to libuv handles.

#include <uv.h>

#include <cerrno>
#include <memory>

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

/// Initialises a handle with `init(loop, handle)`; its callbacks find `owner` in `data`. For kinds
/// that cannot fail: what signals and asyncs may lack, a loop has had since its beginning.
template <typename Handle, typename Init>
[[nodiscard]] UvHandle<Handle> make_handle(uv_loop_t& loop, void* owner, Init init) {
  auto handle = std::make_unique<Handle>();
  init(&loop, handle.get());
  handle->data = owner;
  return UvHandle<Handle>{handle.release()};
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
