"""A program and all its descendants, stopped at each system call asked for: by ptrace, with a
seccomp filter that lets every other call run at full speed. What is traced has no hook for it.

    family = Family(["wharf", "sync", …], watch=on_call)
    family.run(seconds=120)
    family.code, family.out, family.err

`watch(call)` is asked on entering a call, with the caller stopped; a true answer asks for the
return from it as well. It may kill anybody. `run` ends when no process of the family is left."""

import ctypes
import functools
import os
import pathlib
import platform
import signal
import struct
import subprocess
import tempfile
import time
import traceback

CALLS = {"write": 1, "pwrite64": 18, "writev": 20, "fsync": 74, "fdatasync": 75, "rename": 82,
         "clone": 56, "fork": 57, "vfork": 58, "clone3": 435, "execve": 59}  # x86_64
SPAWNS = ("clone", "fork", "vfork", "clone3")
IS_POSSIBLE = platform.machine() == "x86_64"

CONT, SYSCALL, SEIZE, SYSCALL_INFO = 7, 24, 0x4206, 0x420E
SYSGOOD, FORK, VFORK, CLONE, EXEC, SECCOMP = (1 << bit for bit in (0, 1, 2, 3, 4, 7))
EVENT_EXEC, EVENT_SECCOMP, EVENT_STOP = 4, 7, 128
WALL = 0x40000000
CLONE_THREAD = 0x10000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, address=0, data=0):
    """False if the process is gone: somebody may kill it at any moment."""
    if libc.ptrace(request, pid, address, data) >= 0:
        return True
    if ctypes.get_errno() == 3:  # ESRCH
        return False
    raise OSError(ctypes.get_errno(), f"ptrace {request}")


def stop_at(calls):
    """Has the kernel tell the tracer of these calls of this process and of all it will start."""
    def step(code, yes, no, value):
        return struct.pack("<HBBI", code, yes, no, value)
    program = step(0x20, 0, 0, 0)  # the number of the call
    for call in calls:
        program += step(0x15, 0, 1, CALLS[call]) + step(0x06, 0, 0, 0x7FF00000)  # trace
    program += step(0x06, 0, 0, 0x7FFF0000)  # allow
    text = ctypes.create_string_buffer(program)
    filters = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(text)))
    no_new_privileges, set_seccomp, by_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, by_filter, filters, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


class Process:
    """What a traced process runs; read anew after each execve."""

    def __init__(self, pid):
        self.pid = pid
        self.program, self.words = "", []
        try:
            self.program = os.readlink(f"/proc/{pid}/exe")
            self.words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        except OSError:
            pass


class Call:
    """A system call on its way in, or out."""

    def __init__(self, thread, process, name, arguments, returned):
        self.thread, self.process, self.name = thread, process, name
        self.arguments, self.returned = arguments, returned

    @functools.cached_property
    def path(self):
        """The file of the call's descriptor, or the new name of a rename."""
        if self.name == "rename":
            return self.text(self.arguments[1])
        if self.name in ("write", "pwrite64", "writev", "fsync", "fdatasync"):
            try:
                return os.readlink(f"/proc/{self.process.pid}/fd/{self.arguments[0]}")
            except OSError:
                pass
        return ""

    @functools.cached_property
    def data(self):
        """What a write writes, up to 64 KiB of it."""
        return self.memory(self.arguments[1], min(self.arguments[2], 65536))

    @property
    def starts_thread(self):
        if self.name == "clone":
            return bool(self.arguments[0] & CLONE_THREAD)
        flags = self.memory(self.arguments[0], 8) if self.name == "clone3" else b""
        return bool(int.from_bytes(flags, "little") & CLONE_THREAD)

    def text(self, address):
        return self.memory(address, 4096 - address % 4096).split(b"\0")[0].decode(errors="replace")

    def memory(self, address, size):
        try:
            with open(f"/proc/{self.process.pid}/mem", "rb", buffering=0) as memory:
                memory.seek(address)
                return memory.read(size)
        except (OSError, OverflowError):
            return b""


class Family:
    def __init__(self, argv, watch, calls=CALLS):
        self.argv, self.watch, self.calls = argv, watch, calls
        self.names = {CALLS[name]: name for name in calls}
        self.processes, self.leader_of, self.entered = {}, {}, {}
        self.code, self.out, self.err = None, "", ""
        self.ended = None  # when the first process did

    def run(self, seconds=120, linger=20):
        """Raises AssertionError if it does not end, or leaves a process `linger` seconds after its end."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            self.root = self.start(out, err)
            until = time.monotonic() + seconds
            handler = signal.signal(signal.SIGALRM, self.check_time)
            self.limit = lambda: min(until, self.ended + linger if self.ended else until)
            signal.setitimer(signal.ITIMER_REAL, 0.5, 0.5)
            try:
                while self.turn():
                    pass
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, handler)
                self.end_all()
                for file, name in ((out, "out"), (err, "err")):
                    file.seek(0)
                    setattr(self, name, file.read().decode(errors="replace"))

    def start(self, out, err):
        go, let_go = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(let_go)
                if not os.read(go, 1):
                    os._exit(126)  # the tracer is gone
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                stop_at(self.calls)
                os.execvp(self.argv[0], self.argv)
            except BaseException:
                traceback.print_exc()
            os._exit(126)
        os.close(go)
        try:
            ptrace(SEIZE, child, 0, SYSGOOD | FORK | VFORK | CLONE | EXEC | SECCOMP)
            os.write(let_go, b"!")
        finally:
            os.close(let_go)
        return child

    def check_time(self, *_):
        if time.monotonic() < self.limit():
            return
        signal.setitimer(signal.ITIMER_REAL, 0)
        trees = subprocess.run(["ps", "-eo", "pid,ppid,pgid,stat,wchan:20,etimes,args", "--forest"],
                               capture_output=True, text=True).stdout
        raise AssertionError(("orphans" if self.ended else "it hangs") + "\n" + trees)

    def turn(self):
        """Takes what one thread has to say. False when none is left."""
        try:
            thread, status = os.waitpid(-1, WALL)
        except ChildProcessError:
            return False
        if not os.WIFSTOPPED(status):
            self.forget(thread, status)
            return True
        event, number = status >> 16, os.WSTOPSIG(status)
        request, deliver = CONT, 0
        if event == EVENT_SECCOMP:
            request = SYSCALL if self.enter(thread) else CONT
        elif event == EVENT_EXEC:
            self.processes.pop(thread, None)
        elif event == 0 and number == signal.SIGTRAP | 0x80:
            self.leave(thread)
        elif event == 0:
            deliver = number
        ptrace(request, thread, 0, deliver)
        return True

    def enter(self, thread):
        info = ctypes.create_string_buffer(88)
        if not ptrace(SYSCALL_INFO, thread, 88, ctypes.addressof(info)):
            return False
        number, *arguments = struct.unpack_from("<7Q", info, 24)
        if number not in self.names:
            return False
        call = Call(thread, self.process_of(thread), self.names[number], arguments, False)
        if self.watch(call):
            self.entered[thread] = call
        return thread in self.entered

    def leave(self, thread):
        call = self.entered.pop(thread, None)
        if call:
            call.returned = True
            self.watch(call)

    def process_of(self, thread):
        if thread not in self.leader_of:
            try:
                status = pathlib.Path(f"/proc/{thread}/status").read_text()
                self.leader_of[thread] = int(status.split("Tgid:")[1].split()[0])
            except OSError:
                self.leader_of[thread] = thread
        leader = self.leader_of[thread]
        if leader not in self.processes:
            self.processes[leader] = Process(leader)
        return self.processes[leader]

    def forget(self, thread, status):
        self.leader_of.pop(thread, None)
        self.processes.pop(thread, None)
        self.entered.pop(thread, None)
        if thread == self.root:
            self.code, self.ended = os.waitstatus_to_exitcode(status), time.monotonic()

    def end_all(self):
        """Nobody may outlive the tracer: a filtered call without one fails."""
        while True:
            for thread in [*self.leader_of, self.root]:
                try:
                    os.kill(self.leader_of.get(thread, thread), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            try:
                while True:
                    thread, status = os.waitpid(-1, WALL | os.WNOHANG)
                    if thread == 0:
                        break
                    if os.WIFSTOPPED(status):
                        self.leader_of.setdefault(thread, thread)
                        ptrace(CONT, thread, 0, 0)
                    else:
                        self.forget(thread, status)
            except ChildProcessError:
                return
            time.sleep(0.01)
