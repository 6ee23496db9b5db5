#include "inventory/web_text.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/ascii.h"
#include "base/input_error.h"
#include "base/json_text.h"
#include "base/lines.h"
#include "base/secrets.h"
#include "base/static_program.h"
#include "base/text_file.h"
#include "inventory/curl_library.h"

namespace fleetscan::inventory {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kMostTime{30};
constexpr long kMostConnectMs = 10'000, kMostRedirects = 5;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr int kMostPages = 1000;

/// "https://netbox.example.net:8443"
std::string_view origin_of(std::string_view url) {
  return url.substr(0, url.find_first_of("/?#", url.find("://") + 3));
}

using HeaderList = std::unique_ptr<curl_slist, decltype(CurlLibrary::slist_free_all)>;

/// Fetches pages one after the other, within one limit of time and bytes.
class Fetcher {
 public:
  Fetcher(const CurlLibrary& curl, HeaderList headers)
      : curl_(curl), handle_(curl.easy_init(), curl.easy_cleanup), headers_(std::move(headers)) {}

  std::variant<std::string, InputError> get(const std::string& url) {
    if (!handle_) return failed(url, "cannot be fetched: out of memory");
    answer_.clear();
    prepare(url);
    const auto result = curl_.easy_perform(handle_.get());
    if (too_large_) return failed(url, "sends more than 64 MiB");
    if (result != CURLE_OK)
      return failed(url, fmt::format("cannot be fetched: {}", curl_.easy_strerror(result)));
    long status = 0;
    curl_.easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299)
      return failed(url, fmt::format("the server answers {}", status));
    return std::move(answer_);
  }

 private:
  static InputError failed(const std::string& url, std::string why) {
    return {without_secrets(url), 0, 0, "", std::move(why)};
  }

  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_.easy_setopt(handle_.get(), option, value);
  }

  void prepare(const std::string& url) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, url.starts_with("https") ? "https" : "http,https");
    set(CURLOPT_FOLLOWLOCATION, headers_ ? 0L : 1L);
    set(CURLOPT_MAXREDIRS, kMostRedirects);
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
    set(CURLOPT_ACCEPT_ENCODING, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, "fleetscan");
    set(CURLOPT_CONNECTTIMEOUT_MS, kMostConnectMs);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<decltype(left)>(left, 1)));
    set(CURLOPT_WRITEFUNCTION, &Fetcher::take);
    set(CURLOPT_WRITEDATA, this);
  }

  static std::size_t take(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& fetcher = *static_cast<Fetcher*>(self);
    fetcher.bytes_ += size * count;
    fetcher.too_large_ = fetcher.bytes_ > kMostBytes;
    if (fetcher.too_large_) return 0;  // ends the transfer
    fetcher.answer_.append(bytes, size * count);
    return size * count;
  }

  const CurlLibrary& curl_;
  std::unique_ptr<CURL, decltype(CurlLibrary::easy_cleanup)> handle_;
  HeaderList headers_;
  const Clock::time_point deadline_ = Clock::now() + kMostTime;
  std::string answer_;
  std::size_t bytes_ = 0;
  bool too_large_ = false;
};

/// Adds the pages that follow the first to it.
std::variant<std::string, InputError> with_later_pages(Fetcher& fetcher, const std::string& url,
                                                       std::string first) {
  auto root = nlohmann::json::parse(first, nullptr, false);
  const auto* results = member(root, "results");
  const auto* next = member(root, "next");
  if (!results || !results->is_array() || !next || !next->is_string()) return first;
  auto all = *results;
  for (int page = 1; next && next->is_string(); ++page) {
    const auto address = next->get<std::string>();
    if (origin_of(address) != origin_of(url) || page == kMostPages)
      return InputError{
          without_secrets(url), 0, 0, "",
          page == kMostPages ? "more than 1,000 pages" : "its next page is on another server"};
    auto answer = fetcher.get(address);
    if (auto* error = std::get_if<InputError>(&answer)) return std::move(*error);
    root = nlohmann::json::parse(std::get<std::string>(answer), nullptr, false);
    results = member(root, "results");
    if (!results || !results->is_array())
      return InputError{without_secrets(address), 0, 0, "", "a page without results"};
    for (const auto& one : *results) all.push_back(one);
    next = member(root, "next");
  }
  return nlohmann::json{{"results", std::move(all)}}.dump();
}

}  // namespace

bool is_web_address(std::string_view text) {
  const auto start = lower(text.substr(0, 8));
  return start.starts_with("http://") || start == "https://";
}

std::variant<std::string, InputError> read_web_text(const std::string& url,
                                                    const std::string& headers) {
  const auto* curl = curl_library();
  if (!curl)
    return InputError{without_secrets(url), 0, 0, "",
                      kStaticProgram ? "cannot be fetched: the static executable has no libcurl; "
                                       "fetch it with curl, or scan with the packaged program"
                                     : "cannot be fetched: no libcurl here"};
  HeaderList list(nullptr, curl->slist_free_all);
  if (!headers.empty()) {
    const auto text = read_text(headers, "a file of header lines");
    if (const auto* error = std::get_if<InputError>(&text)) return *error;
    for_each_line(std::get<std::string>(text), [&](std::string_view line, std::uint32_t) {
      const std::string header{trimmed(line)};
      if (!header.empty() && header.front() != '#')
        list.reset(curl->slist_append(list.release(), header.c_str()));
    });
  }
  Fetcher fetcher(*curl, std::move(list));
  auto first = fetcher.get(url);
  if (std::holds_alternative<InputError>(first)) return first;
  return with_later_pages(fetcher, url, std::get<std::string>(std::move(first)));
}

}  // namespace fleetscan::inventory
