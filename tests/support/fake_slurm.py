"""A cluster of one machine, for tests. It does what `sbatch`, `squeue`, `scancel` or `scontrol`
does, whichever name it is called under; `srun` does nothing. The tasks of an array really run, as
processes of a controller for each array.

Its folder is `$STAND_IN_SLURM`. `settings.json` there says how it behaves:

    max_array_size      how many tasks an array may have
    refuse              what sbatch says instead of taking a job
    most_jobs           how many arrays may be in the queue at once
    requeue_killed      how often a task that is ended by SIGKILL is put back into the queue
    silent              squeue cannot reach the controller
    held                tasks wait in the queue until this is taken away
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

HOME = Path(os.environ["STAND_IN_SLURM"])
FINAL = {"COMPLETED", "FAILED", "CANCELLED"}


def settings() -> dict[str, Any]:
    record: dict[str, Any] = json.loads((HOME / "settings.json").read_text())
    return record


def refuse(program: str, message: str) -> NoReturn:
    sys.exit(f"{program}: error: {message}")


def write(path: Path, text: str) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.replace(path)


def state_of(job: str, task: int) -> Path:
    return HOME / "jobs" / job / f"state-{task}"


def sbatch(arguments: list[str]) -> None:
    (script,) = arguments
    text = Path(script).read_text()
    asked: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("#SBATCH --"):
            (option,) = shlex.split(line.removeprefix("#SBATCH --"))
            asked.update((option.partition("=")[::2],))
    if "SBATCH_JOB_NAME" in os.environ:
        asked["job-name"] = os.environ["SBATCH_JOB_NAME"]
    if settings().get("refuse"):
        refuse("sbatch", settings()["refuse"])
    first, _, rest = asked.get("array", "0-0").partition("-")
    last, _, at_once = rest.partition("%")
    count = int(last) + 1
    if first != "0" or count > settings().get("max_array_size", 1001):
        refuse("sbatch", "Batch job submission failed: Invalid job array specification")
    jobs = HOME / "jobs"
    queued = [job for job in jobs.iterdir() if not over(job)]
    if len(queued) >= settings().get("most_jobs", 99):
        refuse("sbatch", "Batch job submission failed: Job violates accounting/QOS policy")
    job = str(100 + len(list(jobs.iterdir())))
    (jobs / job).mkdir()
    (jobs / job / "script").write_text(text)
    record = {**asked, "count": count, "at_once": int(at_once or count), "folder": os.getcwd()}
    for task in range(count):
        write(state_of(job, task), "PENDING")
    write(jobs / job / "record.json", json.dumps(record))
    subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, "control", job],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    print(f"Submitted batch job {job}")


def over(job: Path) -> bool:
    return all(path.read_text() in FINAL for path in job.glob("state-*"))


def squeue(arguments: list[str]) -> None:
    assert arguments[-1] == "--format=%F|%K|%T|%j"
    if settings().get("silent"):
        sys.exit("slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    for job in sorted((HOME / "jobs").iterdir()):
        if (job / "record.json").exists():
            record = json.loads((job / "record.json").read_text())
            for task in range(record["count"]):
                state = state_of(job.name, task).read_text()
                number = task if "array" in record else "N/A"
                print(f"{job.name}|{number}|{state}|{record['job-name']}")


def scancel(arguments: list[str]) -> None:
    for one in arguments:
        job, _, task = one.partition("_")
        count = json.loads((HOME / "jobs" / job / "record.json").read_text())["count"]
        for number in [task] if task else range(count):
            (HOME / "jobs" / job / f"cancelled-{number}").touch()


def scontrol(arguments: list[str]) -> None:
    assert arguments == ["show", "config"]
    print("ClusterName             = here")
    print(f"MaxArraySize            = {settings().get('max_array_size', 1001)}")


def control(job: str) -> None:
    """Run an array's tasks, so many at once, until they are all over."""
    folder = HOME / "jobs" / job
    (folder / "controller").write_text(str(os.getpid()))
    record = json.loads((folder / "record.json").read_text())
    waiting = list(range(record["count"]))
    running: dict[int, subprocess.Popen[bytes]] = {}
    requeued: dict[int, int] = {}
    while waiting or running:
        for task in [*waiting, *running]:
            if (folder / f"cancelled-{task}").exists():
                if task in running:
                    end(running.pop(task))
                else:
                    waiting.remove(task)
                write(state_of(job, task), "CANCELLED")
        while waiting and len(running) < record["at_once"] and not settings().get("held"):
            task = waiting.pop(0)
            write(state_of(job, task), "RUNNING")
            running[task] = start(job, task, record)
        for task, process in list(running.items()):
            if process.poll() is None:
                continue
            del running[task]
            again = requeued.get(task, 0)
            killed = process.returncode == -signal.SIGKILL
            if killed and "requeue" in record and again < settings().get("requeue_killed", 0):
                requeued[task] = again + 1
                write(state_of(job, task), "PENDING")
                waiting.append(task)
            else:
                write(state_of(job, task), "FAILED" if process.returncode else "COMPLETED")
        time.sleep(0.02)


def start(job: str, task: int, record: dict[str, Any]) -> subprocess.Popen[bytes]:
    array = "array" in record
    letters = {"%": "%", "a": str(task), "A": job, "j": job}
    log = re.sub("%(.)", lambda match: letters[match[1]], record["output"])
    own = {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_JOB_ID": job} if array else {}
    with open(log, "a") as file:
        return subprocess.Popen(
            ["/bin/bash", str(HOME / "jobs" / job / "script")],
            cwd=record["folder"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            env={**os.environ, "SLURM_JOB_ID": job, "SLURM_PROCID": "0", **own},
        )


def end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(2.0)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    if sys.argv[1] == "control":
        control(sys.argv[2])
    else:
        {"sbatch": sbatch, "squeue": squeue, "scancel": scancel, "scontrol": scontrol}[sys.argv[1]](
            sys.argv[2:]
        )
