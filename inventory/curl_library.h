#pragma once
// CurlLibrary: libcurl, loaded when an inventory is a URL. With all that it needs itself it would
// double the time and the memory in which each scan starts.

#include <curl/curl.h>

namespace fleetscan::inventory {

/// The functions of libcurl that are used, under their names there. Initialized, and never
/// unloaded.
struct CurlLibrary {
  decltype(&::curl_global_init) global_init;
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_perform) easy_perform;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
};

/// @return null where it is not installed, or does not start
[[nodiscard]] const CurlLibrary* curl_library();

}  // namespace fleetscan::inventory
