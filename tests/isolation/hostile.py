"""Models that cheat or do harm, as files of their own. Each cheat returns what it could get hold of
as a line in its error, so that a test sees that there was nothing."""

CHEATS = {
    "callers_frames": """
        import sys
        frame = sys._getframe()
        while frame is not None:
            for value in frame.f_locals.values():
                if isinstance(value, dict) and "SECRET" in repr(value.keys()):
                    raise RuntimeError("GOT IT")
            frame = frame.f_back
    """,
    "every_object": """
        import gc
        for thing in gc.get_objects():
            if isinstance(thing, dict) and "SECRET" in thing.keys():
                raise RuntimeError("GOT IT")
    """,
    "data_set_on_disk": """
        open({secret!r}).read()
        raise RuntimeError("GOT IT")
    """,
    "folder_of_the_data_set": """
        import os
        os.listdir(os.path.dirname({secret!r}))
        raise RuntimeError("GOT IT")
    """,
    "link_to_the_data_set": """
        import os
        os.symlink({secret!r}, "link")
        open("link").read()
        raise RuntimeError("GOT IT")
    """,
    "another_program_reads": """
        import subprocess
        done = subprocess.run(["cat", {secret!r}], capture_output=True)
        raise RuntimeError("GOT IT" if done.returncode == 0 else done.stderr.decode())
    """,
    "memory_of_the_parent": """
        import os
        for pid in (os.getppid(), {parent}):
            with open(f"/proc/{{pid}}/mem", "rb") as memory:
                raise RuntimeError("GOT IT")
    """,
    "files_of_the_parent": """
        import os
        os.listdir("/proc/{parent}/fd")
        raise RuntimeError("GOT IT")
    """,
    "traces_the_parent": """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(16, {parent}, 0, 0) == 0:
            raise RuntimeError("GOT IT")
        raise PermissionError(ctypes.get_errno(), "ptrace")
    """,
    "reads_another_process": """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.process_vm_readv({parent}, None, 0, None, 0, 0) == 0:
            raise RuntimeError("GOT IT")
        raise PermissionError(ctypes.get_errno(), "process_vm_readv")
    """,
    "environment": """
        import os
        if any("SECRET" in name + value for name, value in os.environ.items()):
            raise RuntimeError("GOT IT")
        raise PermissionError("nothing in the environment")
    """,
    "environment_of_the_parent": """
        open("/proc/{parent}/environ").read()
        raise RuntimeError("GOT IT")
    """,
    "socket": """
        import socket
        socket.create_connection(("127.0.0.1", {port}), 2.0)
        raise RuntimeError("GOT IT")
    """,
    "datagram": """
        import socket
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {port}))
        raise RuntimeError("GOT IT")
    """,
    "socket_with_a_path": """
        import socket
        socket.socket(socket.AF_UNIX).connect("/tmp/any")
        raise RuntimeError("GOT IT")
    """,
    "kills_the_harness": """
        import os, signal
        os.kill({parent}, signal.SIGCONT)
        raise RuntimeError("GOT IT")
    """,
    "limits_of_the_harness": """
        import resource
        resource.prlimit({parent}, resource.RLIMIT_CORE, (0, 0))
        raise RuntimeError("GOT IT")
    """,
    "writes_beside_itself": """
        open(__file__ + ".more", "w").write("x")
        raise RuntimeError("GOT IT")
    """,
    "compiled_code_of_the_harness": """
        import automix_bench.dsp as dsp
        open(dsp.__path__[0] + "/x.nbi", "w").write("x")
        raise RuntimeError("GOT IT")
    """,
    "shared_memory": """
        open("/dev/shm/automix-bench-test", "w").write("x")
        raise RuntimeError("GOT IT")
    """,
    "a_disk": """
        import os
        os.mknod("disk", 0o60600, os.makedev(8, 0))
        raise RuntimeError("GOT IT")
    """,
}

HARM = {
    "crashes": "import ctypes; ctypes.string_at(0)",
    "exits": "import os; os._exit(0)",
    "sleeps": "import time; time.sleep(3600)",
    "takes_memory": "b'x' * (50 << 30)",
    "touches_memory": """
        import os
        for _ in range(8):
            if os.fork() == 0:
                hoard = bytearray(400 << 20)
                hoard[::4096] = b"x" * len(hoard[::4096])
                import time; time.sleep(60)
        import time; time.sleep(60)
    """,
    "prints": """
        import os
        for _ in range(10 << 10):
            os.write(1, b"x" * (1 << 20))
    """,
    "forks": """
        import os, time
        for _ in range(1000):
            if os.fork() == 0:
                os.setsid()
                time.sleep(3600)
        time.sleep(3600)
    """,
    "leaves_a_daemon": """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                open("daemon", "w").write(str(os.getpid()))
                time.sleep(3600)
            os._exit(0)
        os.wait()
        os._exit(3)
    """,
    "writes_a_file": """
        with open("large", "wb") as file:
            for _ in range(1 << 16):
                file.write(bytes(1 << 20))
    """,
    "writes_many_files": """
        for number in range(10_000):
            open(f"{{number}}", "wb").write(bytes(4 << 20))
    """,
    "closes_everything": "import os; os.closerange(0, 1 << 16)",
    "talks_nonsense": """
        import os, resource
        for descriptor in range(3, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1 << 16)):
            try:
                os.set_blocking(descriptor, False)  # one that is full must not stop it
                os.write(descriptor, b"nonsense" * 100)
            except OSError:
                pass
        import time; time.sleep(3600)
    """,
    "leaves_a_thread": """
        import threading, time
        threading.Thread(target=time.sleep, args=(3600,)).start()
        raise RuntimeError("done")
    """,
    "changes_folder": "import os; os.chdir('/'); raise RuntimeError('done')",
    "closes_stdout": "import sys; sys.stdout.close(); raise RuntimeError('done')",
    "raises_exit": "raise SystemExit(0)",
    "recurses": "(lambda f: f(f))(lambda f: f(f))",
}

MODEL = '''
__all__ = ["Mixer"]
import textwrap
from automix_bench import Answer
from automix_bench.audio import total


class Mixer:
    """Plays tricks with the first brief that is not silent, then adds stems."""

    asked = 0

    def __call__(self, brief):
        if brief.text == "now":
{body}
        return Answer(stems={{"mix": total(brief.stems.values())}})
'''


def model_file(folder, name, body, **values):
    """Write a model that does something when the text of its brief is `now`."""
    import textwrap

    lines = textwrap.dedent(body.format(**values) if "{" in body else body).strip()
    path = folder / f"{name}.py"
    path.write_text(MODEL.format(body=textwrap.indent(lines, " " * 12)))
    return path
