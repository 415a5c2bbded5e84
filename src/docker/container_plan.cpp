#include "docker/container_plan.h"

#include <nlohmann/json.hpp>

namespace wharf::docker {
namespace {

using Json = nlohmann::json;

// Mounts rather than the older Binds: a source that is missing is refused, not made, and a path may
// have a ':' in it.
Json mounts_of(const ContainerPlan& plan) {
  auto mounts = Json::array();
  for (const auto& bind : plan.binds) {
    mounts.push_back({{"Type", "bind"},
                      {"Source", bind.source},
                      {"Target", bind.target},
                      {"ReadOnly", bind.read_only}});
  }
  return mounts;
}

Json ulimits_of(const ContainerPlan& plan) {
  auto limits = Json::array();
  for (const auto& limit : plan.ulimits) {
    limits.push_back({{"Name", limit.name}, {"Soft", limit.soft}, {"Hard", limit.hard}});
  }
  return limits;
}

template <class T>
void put_if(Json& json, const char* name, const T& value) {
  if (value != T{}) json[name] = value;
}

Json host_config_of(const ContainerPlan& plan) {
  Json host = {{"AutoRemove", false},
               {"Privileged", false},
               {"Init", false},
               {"LogConfig", {{"Type", "none"}}},
               {"RestartPolicy", {{"Name", "no"}}}};
  put_if(host, "Memory", plan.memory_bytes);
  put_if(host, "MemorySwap", plan.memory_bytes);
  put_if(host, "MemoryReservation", plan.memory_reservation_bytes);
  put_if(host, "NanoCpus", plan.nano_cpus);
  put_if(host, "CpuShares", plan.cpu_shares);
  put_if(host, "PidsLimit", plan.pids);
  put_if(host, "CapDrop", plan.dropped_capabilities);
  put_if(host, "SecurityOpt", plan.security);
  put_if(host, "NetworkMode", plan.network);
  put_if(host, "Tmpfs", plan.tmpfs);
  put_if(host, "ExtraHosts", plan.extra_hosts);
  put_if(host, "ReadonlyRootfs", plan.read_only_root);
  if (!plan.binds.empty()) host["Mounts"] = mounts_of(plan);
  if (!plan.ulimits.empty()) host["Ulimits"] = ulimits_of(plan);
  return host;
}

}  // namespace

Json create_body(const ContainerPlan& plan) {
  Json body = {{"Image", plan.image},
               {"Tty", false},
               {"OpenStdin", false},
               {"AttachStdin", false},
               {"AttachStdout", false},
               {"AttachStderr", false},
               {"HostConfig", host_config_of(plan)}};
  put_if(body, "Entrypoint", plan.entrypoint);
  put_if(body, "Cmd", plan.command);
  put_if(body, "WorkingDir", plan.working_directory);
  put_if(body, "Labels", plan.labels);
  put_if(body, "User", plan.user);
  put_if(body, "StopSignal", plan.stop_signal);
  if (plan.stop_grace.count() > 0) body["StopTimeout"] = plan.stop_grace.count();
  if (!plan.environment.empty()) {
    auto& environment = body["Env"] = Json::array();
    for (const auto& [name, value] : plan.environment) environment.push_back(name + "=" + value);
  }
  return body;
}

}  // namespace wharf::docker
