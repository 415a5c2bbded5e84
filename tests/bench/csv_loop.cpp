// The floor of CSV → JSONL: one naive loop in one process, typed by position, no road and no
// states.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

int main(int, char** argv) {
  std::ifstream in(argv[1], std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const int out = ::open(argv[2], O_CREAT | O_TRUNC | O_WRONLY, 0644);
  const char* names[] = {"id",         "first_name", "country",   "amount",
                         "created_at", "active",     "attributes"};
  const bool quoted[] = {false, true, true, false, true, false, true};
  std::string line;
  const char* at = text.data() + text.find('\n') + 1;
  const char* end = text.data() + text.size();
  while (at < end) {
    line +=
        "{\"_airbyte_raw_id\":\"00000000-0000-4000-8000-000000000000\",\"_airbyte_extracted_at\":"
        "1700000000000,\"_airbyte_generation_id\":1,\"_airbyte_meta\":{\"sync_id\":1,\"changes\":[]"
        "}";
    for (int column = 0; column < 7; ++column) {
      line += ",\"";
      line += names[column];
      line += "\":";
      if (quoted[column]) line += '"';
      if (*at == '"') {
        for (++at; !(*at == '"' && at[1] != '"'); ++at) {
          if (*at == '"') {
            line += "\\\"";
            ++at;
          } else {
            line += *at;
          }
        }
        ++at;
      } else {
        const char* begin = at;
        while (*at != ',' && *at != '\n') ++at;
        line.append(begin, static_cast<std::size_t>(at - begin));
      }
      if (quoted[column]) line += '"';
      ++at;
    }
    line += "}\n";
    if (line.size() > (1u << 20)) {
      if (::write(out, line.data(), line.size()) < 0) return 1;
      line.clear();
    }
  }
  if (::write(out, line.data(), line.size()) < 0) return 1;
  return ::fdatasync(out);
}
