#include "inventory/curl_library.h"

#include <curl/curl.h>
#include <dlfcn.h>

#include <memory>

#include "base/static_program.h"

namespace fleetscan::inventory {
namespace {

constexpr const char* kFile = "libcurl.so.4";  // the one whose header this is

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

std::unique_ptr<const CurlLibrary> load() {
  void* file = kStaticProgram ? nullptr : ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (!file) return nullptr;
  auto curl = std::make_unique<CurlLibrary>();
  const bool whole = find(file, "curl_global_init", curl->global_init) &&
                     find(file, "curl_easy_init", curl->easy_init) &&
                     find(file, "curl_easy_setopt", curl->easy_setopt) &&
                     find(file, "curl_easy_perform", curl->easy_perform) &&
                     find(file, "curl_easy_getinfo", curl->easy_getinfo) &&
                     find(file, "curl_easy_strerror", curl->easy_strerror) &&
                     find(file, "curl_easy_cleanup", curl->easy_cleanup) &&
                     find(file, "curl_slist_append", curl->slist_append) &&
                     find(file, "curl_slist_free_all", curl->slist_free_all);
  if (!whole || curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return nullptr;
  return curl;
}

}  // namespace

const CurlLibrary* curl_library() {
  static const auto library = load();
  return library.get();
}

}  // namespace fleetscan::inventory
