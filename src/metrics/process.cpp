#include "metrics/process.h"

#include <sys/resource.h>
#include <sys/times.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace wharf::metrics {
namespace {

std::string text_of(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The fields of /proc/self/stat from the third on, behind the name, which may hold anything:
// proc(5) counts them from 1.
double stat_field(const std::string& stat, int number) {
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  for (int at = 3; at <= number; ++at) fields >> field;
  return field.empty() ? 0 : std::stod(field);
}

double booted_at() {
  const std::string stat = text_of("/proc/stat");
  const auto at = stat.find("\nbtime ");
  return at == std::string::npos ? 0 : std::stod(stat.substr(at + 7));
}

double open_descriptors() {
  std::error_code failed;
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; at != end;
       at.increment(failed)) {
    ++count;
  }
  return count;
}

double descriptors_max() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void add_process(Exposition& exposition) {
  const std::string stat = text_of("/proc/self/stat");
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  exposition.counters("process_cpu_seconds_total", "Processor time of the daemon itself.");
  exposition.sample({}, (stat_field(stat, 14) + stat_field(stat, 15)) / ticks);
  exposition.gauge("process_resident_memory_bytes", "Memory of the daemon itself.",
                   stat_field(stat, 24) * page);
  exposition.gauge("process_virtual_memory_bytes", "Its address space.", stat_field(stat, 23));
  exposition.gauge("process_open_fds", "Its open descriptors.", open_descriptors());
  exposition.gauge("process_max_fds", "How many it may open.", descriptors_max());
  exposition.gauge("process_start_time_seconds", "When it began, since the epoch.",
                   booted_at() + stat_field(stat, 22) / ticks);
}

}  // namespace wharf::metrics
