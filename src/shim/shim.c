// wharf-shim: stands between the daemon and one connector, on the host and as process 1 of a
// container alike. It opens the connector's FIFOs, starts it, forwards signals to it, reaps all
// that descends from it and reports its exit. Static, single-threaded, needs no shell and no file
// of an image.
//
//   wharf-shim --stdin P --stdout P --stderr P --control P
//              [--parent PID] [--umask OCTAL] [--chdir DIR] [--rlimit NAME=N]… -- PROGRAM ARG…
//
// What it says on control, a line each:
//   started <pid> <group> <start time>   the FIFOs are open: whoever holds spare ends may drop them
//   running <pid>                        PROGRAM has been executed; it alone holds its FIFOs now
//   failed <errno> <words>               PROGRAM could not be executed; `exit 127` follows
//   exit <code>                          PROGRAM has ended (128+n by signal n), and its descendants
//   too
// An end of control without `exit` means that the shim itself was killed. It exits with the same
// code; 125 means that it could not do its own part.
//
// --parent names the daemon on this host: the shim then ends with it (SIGTERM is its death signal,
// SIGKILL the connector's), and leaves signals that come from it alone, because it signals the
// whole group itself. In a container there is no parent to hear of: the daemon is gone when nobody
// reads control any more. SIGALRM is for the shim only: kill the connector and all its descendants.
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kOwnFault = 125, kNotExecuted = 127 };

// How long a connector may take after SIGTERM once the daemon is gone: nobody reads it any more.
enum { kOrphanGraceSeconds = 2 };

// What the daemon sends to have the connector and all its descendants killed.
enum { kEndNow = SIGALRM };

// Rounds of 20 ms in which killed descendants must be gone; one that the kernel holds is left
// behind.
enum { kReapRounds = 250 };

struct plan {
  const char *in, *out, *err, *control, *directory;
  pid_t parent;
  char** program;
};

static int control_fd = -1;
static int message_fd = STDERR_FILENO;

static void say(int fd, const char* line, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, line, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // Nobody listens any more: there is nobody left to tell.
    line += written;
    length -= (size_t)written;
  }
}

static void report(int error, const char* what, const char* name) {
  char line[4608];
  int length =
      snprintf(line, sizeof line, "wharf: cannot %s '%.4096s': %s\n", what, name, strerror(error));
  say(message_fd, line, (size_t)length);
  if (control_fd < 0) return;
  length = snprintf(line, sizeof line, "failed %d cannot %s '%.4096s': %s\n", error, what, name,
                    strerror(error));
  say(control_fd, line, (size_t)length);
}

static void say_exit(int code) {
  char line[32];
  int length = snprintf(line, sizeof line, "exit %d\n", code);
  say(control_fd, line, (size_t)length);
}

_Noreturn static void give_up(const char* what, const char* name) {
  report(errno, what, name);
  if (control_fd >= 0) say_exit(kOwnFault);
  exit(kOwnFault);
}

// ---- arguments

static void set_limit(const char* words) {
  static const struct {
    const char* name;
    int resource;
  } known[] = {{"nofile", RLIMIT_NOFILE}, {"core", RLIMIT_CORE}, {"as", RLIMIT_AS},
               {"nproc", RLIMIT_NPROC},   {"cpu", RLIMIT_CPU},   {"fsize", RLIMIT_FSIZE}};
  const char* value = strchr(words, '=');
  if (!value) {
    errno = EINVAL;
    give_up("set the limit", words);
  }
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    if (strlen(known[i].name) != (size_t)(value - words)) continue;
    if (strncmp(known[i].name, words, (size_t)(value - words)) != 0) continue;
    struct rlimit limit;
    if (getrlimit(known[i].resource, &limit) != 0) return;
    rlim_t wanted = strtoull(value + 1, NULL, 10);
    // Raising the hard limit takes a privilege that containers and test machines lack: as far as it
    // goes.
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(known[i].resource, &limit);
    return;
  }
  errno = EINVAL;
  give_up("set the limit", words);
}

static struct plan read_arguments(char** arguments) {
  struct plan plan = {0};
  for (char** at = arguments + 1; *at; at += 2) {
    const char *name = *at, *value = at[1];
    if (strcmp(name, "--") == 0) {
      plan.program = at + 1;
      break;
    }
    if (!value) break;
    if (strcmp(name, "--stdin") == 0)
      plan.in = value;
    else if (strcmp(name, "--stdout") == 0)
      plan.out = value;
    else if (strcmp(name, "--stderr") == 0)
      plan.err = value;
    else if (strcmp(name, "--control") == 0)
      plan.control = value;
    else if (strcmp(name, "--chdir") == 0)
      plan.directory = value;
    else if (strcmp(name, "--parent") == 0)
      plan.parent = (pid_t)strtol(value, NULL, 10);
    else if (strcmp(name, "--umask") == 0)
      umask((mode_t)strtoul(value, NULL, 8));
    else if (strcmp(name, "--rlimit") == 0)
      set_limit(value);
    else {
      errno = EINVAL;
      give_up("understand", name);
    }
  }
  if (!plan.in || !plan.out || !plan.err || !plan.control || !plan.program || !*plan.program) {
    errno = EINVAL;
    give_up("start without", "--stdin, --stdout, --stderr, --control and -- PROGRAM");
  }
  return plan;
}

// ---- FIFOs

// Whoever started us holds the other end. Were it gone, a blocking open would wait for ever, so the
// open does not block; what the connector gets does, as programs expect of their stdio.
static int open_fifo(const char* path, int direction) {
  int opened = open(path, direction | O_NONBLOCK | O_CLOEXEC);
  if (opened < 0) give_up("open", path);
  int fd = fcntl(opened, F_DUPFD_CLOEXEC, 3);  // Never in the place of 0, 1 or 2.
  if (fd < 0 || fcntl(fd, F_SETFL, direction) != 0) give_up("open", path);
  close(opened);
  return fd;
}

static unsigned long long own_start_time(void) {
  char stat[1024] = {0};
  int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, stat, sizeof stat - 1);
  close(fd);
  char* at = length > 0 ? strrchr(stat, ')') : NULL;
  // The name in parentheses may hold anything; after it come state (3), …, start time (22).
  for (int field = 2; at && field < 22; ++field) at = strchr(at + 1, ' ');
  return at ? strtoull(at + 1, NULL, 10) : 0;
}

static void say_started(void) {
  char line[96];
  int length = snprintf(line, sizeof line, "started %d %d %llu\n", (int)getpid(), (int)getpgrp(),
                        own_start_time());
  say(control_fd, line, (size_t)length);
}

// ---- the connector

// The child shares our memory until it executes (vfork), so `failed` tells us what went wrong in
// it.
static pid_t spawn(const struct plan* plan, const int fds[3], volatile int* failed,
                   const char* volatile* what) {
  pid_t shim = getpid();
  pid_t child = vfork();
  if (child != 0) return child;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  if (shim != 1) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != shim) _exit(kOwnFault);  // It died before the death signal was set.
  }
  for (int i = 0; i < 3; ++i) dup2(fds[i], i);
  *what = "enter the working directory";
  if (!plan->directory || chdir(plan->directory) == 0) {
    *what = "run";
    execvp(plan->program[0], plan->program);
  }
  *failed = errno;
  _exit(kNotExecuted);
}

static void say_running(pid_t connector) {
  char line[32];
  int length = snprintf(line, sizeof line, "running %d\n", (int)connector);
  say(control_fd, line, (size_t)length);
}

static pid_t start_connector(const struct plan* plan, const int fds[3]) {
  volatile int failed = 0;
  const char* volatile what = "run";
  pid_t connector = spawn(plan, fds, &failed, &what);
  if (connector < 0) give_up("start a process for", plan->program[0]);
  if (failed) report(failed, what, strcmp(what, "run") == 0 ? plan->program[0] : plan->directory);
  // Only the connector holds them from here on, so that end of file and EPIPE mean what they say.
  for (int i = 0; i < 3; ++i) close(fds[i]);
  message_fd = STDERR_FILENO;
  if (!failed) say_running(connector);
  return connector;
}

// ---- signals and ends

static int code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// The group is ours and the connector's. As process 1 the group is 1, and kill(-1) means everyone
// in the container but ourselves: the same thing there.
static void signal_group(int number) {
  kill(-getpgrp(), number);
}

// SIGKILL to each of our children. As the subreaper we inherit whoever loses a parent, so repeated
// rounds reach every descendant, those in other groups and sessions too.
static void kill_children(void) {
  DIR* proc = opendir("/proc");
  if (!proc) return;
  for (struct dirent* entry; (entry = readdir(proc));) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    char path[64], stat[1024] = {0};
    snprintf(path, sizeof path, "/proc/%.20s/stat", entry->d_name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    ssize_t length = read(fd, stat, sizeof stat - 1);
    close(fd);
    char* at = length > 0 ? strrchr(stat, ')') : NULL;
    if (at && strlen(at) > 4 && strtol(at + 4, NULL, 10) == (long)getpid()) {
      kill((pid_t)strtol(entry->d_name, NULL, 10), SIGKILL);
    }
  }
  closedir(proc);
}

// SIGKILL to whoever descends from us. In a container that is everyone.
static void kill_descendants(void) {
  if (getpid() == 1)
    kill(-1, SIGKILL);
  else
    kill_children();
}

// Nothing outlives the connector, not even until a container is gone: `exit` says so.
static void end_descendants(void) {
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  for (int round = 0; round < kReapRounds; ++round) {
    pid_t reaped;
    while ((reaped = waitpid(-1, NULL, WNOHANG)) > 0) {
    }
    if (reaped < 0) return;  // No children are left: the usual way, at once.
    kill_descendants();
    struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    sigtimedwait(&child_ended, NULL, &pause);
  }
}

// Waits until a signal is pending, or the daemon's end of control is closed: says whether it is.
static int daemon_is_gone(const sigset_t* awaited) {
  static int pending = -1;
  if (pending < 0) pending = signalfd(-1, awaited, SFD_CLOEXEC);
  if (pending < 0) return 0;  // Then only signals are waited for.
  struct pollfd watched[2] = {{.fd = pending, .events = POLLIN}, {.fd = control_fd, .events = 0}};
  while (poll(watched, 2, -1) < 0 && errno == EINTR) {
  }
  return (watched[1].revents & POLLERR) != 0;
}

// Waits for the connector, forwarding what comes meanwhile. Answers its exit code.
static int tend(pid_t connector, const struct plan* plan, const sigset_t* awaited) {
  struct timespec orphan_grace = {.tv_sec = kOrphanGraceSeconds};
  int orphaned = 0;
  for (;;) {
    siginfo_t info;
    if (plan->parent == 0 && !orphaned && daemon_is_gone(awaited)) {
      signal_group(SIGTERM);
      orphaned = 1;
    }
    int number =
        orphaned ? sigtimedwait(awaited, &info, &orphan_grace) : sigwaitinfo(awaited, &info);
    // The grace is over. Outside a container it ends us too: nobody waits for a code.
    if (number < 0 && errno == EAGAIN) signal_group(SIGKILL);
    // What we send to the group comes back to us as well.
    if (number < 0 || info.si_pid == getpid()) continue;
    if (number == SIGCHLD) {
      int status;
      for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (ended == connector) return code_of(status);
      }
      continue;
    }
    if (number == kEndNow) {
      kill_descendants();
    } else if (plan->parent != 0 && getppid() != plan->parent) {
      if (!orphaned) signal_group(SIGTERM);
      orphaned = 1;
    } else if (plan->parent == 0 || info.si_pid != plan->parent) {
      signal_group(number);
    }
  }
}

static sigset_t block_signals(void) {
  static const int numbers[] = {SIGTERM, SIGINT,  SIGHUP,  SIGQUIT,
                                SIGUSR1, SIGUSR2, SIGCHLD, kEndNow};
  sigset_t awaited;
  sigemptyset(&awaited);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; ++i) sigaddset(&awaited, numbers[i]);
  sigprocmask(SIG_SETMASK, &awaited, NULL);
  signal(SIGPIPE, SIG_IGN);
  return awaited;
}

int main(int count, char** arguments) {
  (void)count;
  sigset_t awaited = block_signals();
  struct plan plan = read_arguments(arguments);
  if (plan.parent) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != plan.parent) return kOwnFault;  // It died before the death signal was set.
  }
  if (getpid() != 1) prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (getpgrp() != getpid()) setsid();

  int err = message_fd = open_fifo(plan.err, O_WRONLY);
  control_fd = open_fifo(plan.control, O_WRONLY);
  int fds[3] = {open_fifo(plan.in, O_RDONLY), open_fifo(plan.out, O_WRONLY), err};
  say_started();
  int code = tend(start_connector(&plan, fds), &plan, &awaited);
  end_descendants();
  say_exit(code);
  return code;
}
