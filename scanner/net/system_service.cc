#include "scanner/net/system_service.h"

#include <netdb.h>
#include <uv.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "scanner/net/name_service.h"
#include "scanner/net/resolver_settings.h"

namespace fleetscan::net {
namespace {

NameStatus status_of(int status) {
  switch (status) {
    case 0: return NameStatus::found;
    case UV_EAI_NONAME: return NameStatus::not_found;
    case UV_EAI_NODATA:
    case UV_EAI_ADDRFAMILY: return NameStatus::no_address;
    default: return NameStatus::failure;
  }
}

std::vector<Address> addresses_in(const addrinfo* list) {
  std::vector<Address> addresses;
  for (const auto* node = list; node; node = node->ai_next)
    if (auto address = Address::from_sockaddr(*node->ai_addr)) addresses.push_back(*address);
  return addresses;
}

}  // namespace

std::vector<Address> addresses_of(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, freeaddrinfo);
  return addresses_in(list);
}

// Lives until libuv calls back, which it does even for a canceled request.
struct SystemService::Question {
  uv_getaddrinfo_t request;
  SystemService* service;  ///< null once nobody wants the answer
  std::string name;
};

SystemService::SystemService(uv_loop_t& loop, Families families, Done done)
    : loop_(loop), families_(families), done_(std::move(done)) {}

SystemService::~SystemService() {
  for (auto* question : open_) {
    question->service = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&question->request));
  }
}

void SystemService::ask(const std::string& name) {
  auto question = std::make_unique<Question>(Question{{}, this, name});
  question->request.data = question.get();
  addrinfo hints{};
  hints.ai_family = family_of(families_);
  hints.ai_socktype = SOCK_STREAM;
  if (uv_getaddrinfo(&loop_, &question->request, on_answer, name.c_str(), nullptr, &hints) != 0)
    return done_(name, {NameStatus::not_found});  // no name: empty or too long
  open_.insert(question.release());
}

void SystemService::on_answer(uv_getaddrinfo_t* request, int status, addrinfo* result) {
  const std::unique_ptr<Question> question(static_cast<Question*>(request->data));
  const std::unique_ptr<addrinfo, decltype(&uv_freeaddrinfo)> info(result, uv_freeaddrinfo);
  auto* service = question->service;
  if (!service) return;
  service->open_.erase(question.get());
  NameAnswer answer{status_of(status)};
  answer.addresses = addresses_in(info.get());
  answer.unanswered = status == UV_EAI_AGAIN;
  answer.from_server = answer.status != NameStatus::failure;
  service->done_(question->name, std::move(answer));
}

}  // namespace fleetscan::net
