// An honest small connector of both kinds, which needs nothing of the image it stands in: linked statically, no file
// but those it is given. Its one stream `t` has rows of an id, the uid it runs as and where it stands.
//
//   spec | check --config F | discover --config F | read --config F … | write --config F …
//
// Its configuration, read as words, not as JSON:
//   "rows":N      how many it has (100), a state after each 100
//   "pause":MS    sleeps so long after each state
//   "hang":"V"    the verb V never answers
//   "deaf":1      SIGTERM is not heeded
// What it meets in a sync it says on stderr, with the clock's nanoseconds since 1970: `at NS read`, `at NS write`,
// `at NS first input`, `at NS end of input`, `at NS SIGTERM`.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char config[65536];

static void say_when(const char* what) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  char line[96];
  const int length = snprintf(line, sizeof line, "at %lld%09ld %s\n", (long long)now.tv_sec, now.tv_nsec, what);
  if (write(STDERR_FILENO, line, (size_t)length) != length) _exit(3);
}

static void on_term(int number) {
  say_when("SIGTERM");
  _exit(128 + number);
}

static void read_config(char** words) {
  for (; *words && strcmp(*words, "--config") != 0; ++words) {
  }
  if (!*words || !words[1]) return;
  const int file = open(words[1], O_RDONLY);
  if (file < 0 || read(file, config, sizeof config - 1) < 0) exit(2);
  close(file);
}

static long number(const char* name, long otherwise) {
  const char* at = strstr(config, name);
  return at ? strtol(at + strlen(name), NULL, 10) : otherwise;
}

static void hang_if_told(const char* verb) {
  char told[64];
  snprintf(told, sizeof told, "\"hang\":\"%s\"", verb);
  while (strstr(config, told)) pause();
}

static void say_state(long rows) {
  printf("{\"type\":\"STATE\",\"state\":{\"type\":\"STREAM\",\"stream\":{\"stream_descriptor\":{\"name\":\"t\"},"
         "\"stream_state\":{\"rows\":%ld}}}}\n", rows);
  fflush(stdout);
}

static void read_rows(void) {
  say_when("read");
  char directory[4096] = "";
  if (!getcwd(directory, sizeof directory)) exit(4);
  const long rows = number("\"rows\":", 100), pause_ms = number("\"pause\":", 0);
  for (long i = 1; i <= rows; ++i) {
    printf("{\"type\":\"RECORD\",\"record\":{\"stream\":\"t\",\"emitted_at\":1700000000000,"
           "\"data\":{\"id\":%ld,\"uid\":%ld,\"directory\":\"%s\"}}}\n", i, (long)getuid(), directory);
    if (i % 100 != 0) continue;
    say_state(i);
    usleep((useconds_t)pause_ms * 1000);
  }
  if (rows % 100 != 0) say_state(rows);
}

// It keeps no row; it confirms each state once all before it has come.
static void write_rows(void) {
  say_when("write");
  static char line[1 << 20];
  for (int first = 1; fgets(line, sizeof line, stdin); first = 0) {
    if (first) say_when("first input");
    if (strstr(line, "\"type\":\"STATE\"") || strstr(line, "\"type\": \"STATE\"")) fputs(line, stdout), fflush(stdout);
  }
  say_when("end of input");
}

int main(int count, char** words) {
  const char* verb = count > 1 ? words[1] : "";
  read_config(words);
  signal(SIGTERM, number("\"deaf\":", 0) ? SIG_IGN : on_term);
  hang_if_told(verb);
  if (strcmp(verb, "spec") == 0)
    puts("{\"type\":\"SPEC\",\"spec\":{\"connectionSpecification\":{\"type\":\"object\",\"properties\":{}},"
         "\"supported_destination_sync_modes\":[\"overwrite\",\"append\"]}}");
  else if (strcmp(verb, "check") == 0)
    puts("{\"type\":\"CONNECTION_STATUS\",\"connectionStatus\":{\"status\":\"SUCCEEDED\"}}");
  else if (strcmp(verb, "discover") == 0)
    puts("{\"type\":\"CATALOG\",\"catalog\":{\"streams\":[{\"name\":\"t\",\"supported_sync_modes\":[\"full_refresh\"],"
         "\"source_defined_primary_key\":[[\"id\"]],\"json_schema\":{\"type\":\"object\",\"properties\":{"
         "\"id\":{\"type\":\"integer\"},\"uid\":{\"type\":\"integer\"},\"directory\":{\"type\":\"string\"}}}}]}}");
  else if (strcmp(verb, "read") == 0)
    read_rows();
  else if (strcmp(verb, "write") == 0)
    write_rows();
  else
    return 1;
  return fflush(stdout) == 0 ? 0 : 5;
}
