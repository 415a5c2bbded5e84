#include "cli/daemon_client.h"

#include "api/query.h"
#include "daemon/local_door.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

namespace wharf::cli {
namespace {

namespace http = boost::beast::http;
using Json = nlohmann::ordered_json;

constexpr std::size_t kPiece = 64 * 1024;
/// A backup of a large store is silent while it is written.
constexpr timeval kPatience{600, 0};

// Connected, or errno of why not.
base::UniqueFd connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return {};
  }
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int why = errno;
    socket.reset();
    errno = why;
  }
  return socket;
}

std::string group_of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return daemon::kGroup;
  const group* found = ::getgrgid(status.st_gid);
  return found != nullptr ? found->gr_name : daemon::kGroup;
}

std::string explain(const std::string& path, int why) {
  switch (why) {
    case ENOENT:
      return fmt::format("{}: there is no such socket", path);
    case ECONNREFUSED:
      return fmt::format("{}: nobody listens there any more", path);
    case EACCES:
    case EPERM:
      return fmt::format(
          "{}: permission denied; its group is '{}': join it with `sudo usermod -aG {} $USER` and "
          "log in again",
          path, group_of(path), group_of(path));
    default:
      return fmt::format("{}: {}", path, std::strerror(why));
  }
}

std::vector<std::string> candidates(const DaemonPlace& place) {
  return daemon::sockets_to_try(place.socket, place.data_dir,
                                [](const char* name) { return std::getenv(name); });
}

void send_all(const base::UniqueFd& socket, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) throw Failure(ErrorCode::environment, "the daemon has hung up");
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string message_of(const std::string& body) {
  const auto json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return body;
  if (json.contains("detail")) return json["detail"].get<std::string>();
  return json.value("message", body);
}

}  // namespace

void add_daemon_options(CLI::App& verb, DaemonPlace& place) {
  verb.add_option("--socket", place.socket,
                  "the daemon's socket (default: $WHARF_SOCKET, else /run/wharf/wharf.sock, else "
                  "that of the data directory)");
  verb.add_option("--data-dir", place.data_dir, "the daemon that has this data directory");
  verb.add_flag("--json", place.json, "print JSON");
}

DaemonClient DaemonClient::find(const DaemonPlace& place) {
  std::string said = "no daemon answers:";
  for (const auto& path : candidates(place)) {
    if (connect_to(path)) return DaemonClient(path);
    said += "\n  " + explain(path, errno);
  }
  throw Failure(ErrorCode::environment,
                said +
                    "\nStart one with `wharf serve` (or `systemctl start wharf`), or say where "
                    "it is with --socket or --data-dir.");
}

std::optional<DaemonClient> DaemonClient::find_if_any(const DaemonPlace& place) {
  for (const auto& path : candidates(place)) {
    if (connect_to(path)) return DaemonClient(path);
  }
  return std::nullopt;
}

int DaemonClient::exchange(std::string_view method, const std::string& target,
                           const std::string& body,
                           const std::function<void(int, std::string_view)>& take) const {
  const auto socket = connect_to(socket_);
  if (!socket) throw Failure(ErrorCode::environment, explain(socket_, errno));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  send_all(socket, fmt::format("{} /api{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                               "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                               method, target, body.size()));
  send_all(socket, body);

  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(boost::none);
  boost::beast::flat_buffer buffer;
  boost::system::error_code wrong;
  while (!parser.is_done()) {
    auto room = buffer.prepare(kPiece);
    const auto size = ::recv(socket.get(), room.data(), room.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    buffer.commit(static_cast<std::size_t>(size));
    // A chunk's head that is cut in two is asked for again with what follows it.
    while (buffer.size() > 0 && !parser.is_done()) {
      const auto used = parser.put(buffer.data(), wrong);
      buffer.consume(used);
      if (wrong || used == 0) break;
    }
    if (wrong == http::error::need_more) wrong = {};
    if (wrong) break;
    if (!parser.is_header_done()) continue;
    auto& text = parser.get().body();
    if (!text.empty()) take(parser.get().result_int(), text);
    text.clear();
  }
  if (!parser.is_done()) throw Failure(ErrorCode::environment, "the daemon has hung up");
  return parser.get().result_int();
}

Reply DaemonClient::ask(std::string_view method, const std::string& target,
                        const std::string& body) const {
  Reply reply;
  reply.status =
      exchange(method, target, body, [&](int, std::string_view text) { reply.body.append(text); });
  return reply;
}

Json DaemonClient::get(const std::string& target) const {
  return send("GET", target);
}

Json DaemonClient::send(std::string_view method, const std::string& target,
                        const std::string& body) const {
  const auto reply = ask(method, target, body);
  if (reply.status >= 300) throw Failure(error_of(reply));
  return reply.body.empty() ? Json() : Json::parse(reply.body);
}

void DaemonClient::stream(const std::string& target,
                          const std::function<void(std::string_view)>& take) const {
  Reply refusal;
  refusal.status = exchange("GET", target, {}, [&](int status, std::string_view text) {
    if (status < 300)
      take(text);
    else
      refusal.body.append(text);
  });
  if (refusal.status >= 300) throw Failure(error_of(refusal));
}

std::string in_path(std::string_view name) {
  return api::percent_encoded(name);
}

Error error_of(const Reply& refusal) {
  auto code = ErrorCode::environment;
  if (refusal.status == 404) code = ErrorCode::not_found;
  if (refusal.status == 400 || refusal.status == 422) code = ErrorCode::invalid_argument;
  if (refusal.status == 409) code = ErrorCode::conflict;
  return {code, message_of(refusal.body)};
}

}  // namespace wharf::cli
