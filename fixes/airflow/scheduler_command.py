"""The ``airflow scheduler`` command, for Apache Airflow 2.5.0 to 2.6.3: a scheduler that fails ends.

It stands in for ``airflow/cli/commands/scheduler_command.py`` of those releases: the same names, options and output.
What differs is how the two helper processes (the log server and the health check) end. They are stopped on every way
out of the scheduler, also when its loop dies because the database is gone: terminated, waited for, killed with
everything they started when they do not listen, and waited for again. The exception that ended the loop goes on, so
the command fails with a status that makes a supervisor start it again.

Part of cmlint, MIT licence. It needs nothing but the Airflow it is put into, and runs on Python 3.7 and later.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, suppress
from multiprocessing import Process

import daemon
import psutil
from airflow import settings
from airflow.configuration import conf
from airflow.utils import cli as cli_utils
from airflow.utils.cli import process_subdir, setup_locations, setup_logging, sigint_handler, sigquit_handler
from airflow.utils.scheduler_health import serve_health_check
from daemon.pidfile import TimeoutPIDLockFile

try:  # 2.6 runs a job through a runner, 2.5 lets the job run itself
    from airflow.api_internal.internal_api_call import InternalApiConfig
    from airflow.executors.executor_loader import ExecutorLoader
    from airflow.jobs.job import Job, run_job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
except ImportError:
    SchedulerJobRunner = None
    from airflow.jobs.scheduler_job import SchedulerJob

TERMINATE_PATIENCE = 5  # seconds that a helper process has to end after SIGTERM
KILL_PATIENCE = 2  # seconds that the kernel has to end it after SIGKILL


@cli_utils.action_cli
def scheduler(args):
    """Start the scheduler, in the foreground or (``--daemon``) as a daemon, and stay until it ends."""
    print(settings.HEADER)
    run = _preparation(args)
    if args.daemon:
        _run_as_daemon(args, run)
        return
    for number, handler in (
        (signal.SIGINT, sigint_handler),
        (signal.SIGTERM, sigint_handler),
        (signal.SIGQUIT, sigquit_handler),
    ):
        signal.signal(number, handler)
    run()


def _run_as_daemon(args, run):
    pidfile, out_path, err_path, log_path = setup_locations(
        "scheduler", args.pid, args.stdout, args.stderr, args.log_file
    )
    log_handle = setup_logging(log_path)
    with open(out_path, "a") as out, open(err_path, "a") as err:  # appended to, so that they may be rotated
        for stream in (out, err):
            stream.truncate(0)
        context = daemon.DaemonContext(
            files_preserve=[log_handle],
            pidfile=TimeoutPIDLockFile(pidfile, -1),
            stderr=err,
            stdout=out,
            umask=int(settings.DAEMON_UMASK, 8),
        )
        with context:
            run()


if SchedulerJobRunner is None:

    def _preparation(args):
        return lambda: _run_scheduler_job(args=args)

    def _run_scheduler_job(args):
        job = SchedulerJob(do_pickle=args.do_pickle, num_runs=args.num_runs, subdir=process_subdir(args.subdir))
        with _helpers(skip_serve_logs=args.skip_serve_logs):
            job.run()

    def _executor_serves_logs():
        return conf.get("core", "executor") in ("LocalExecutor", "SequentialExecutor")

else:

    def _preparation(args):
        """Make the job before anything else, so that a wrong configuration is said in the foreground."""
        runner = SchedulerJobRunner(
            job=Job(), do_pickle=args.do_pickle, num_runs=args.num_runs, subdir=process_subdir(args.subdir)
        )
        ExecutorLoader.validate_database_executor_compatibility(runner.job.executor)
        return lambda: _run_scheduler_job(runner, skip_serve_logs=args.skip_serve_logs)

    def _run_scheduler_job(job_runner, *, skip_serve_logs):
        InternalApiConfig.force_database_direct_access()
        with _helpers(skip_serve_logs=skip_serve_logs):
            run_job(job=job_runner.job, execute_callable=job_runner._execute)

    def _executor_serves_logs():
        executor, _ = ExecutorLoader.import_default_executor_cls()
        return executor.serve_logs


@contextmanager
def _helpers(skip_serve_logs):
    """Both helper processes, as far as they are wanted, while the body runs."""
    with _serve_logs(skip_serve_logs), _serve_health_check(conf.getboolean("scheduler", "ENABLE_HEALTH_CHECK")):
        yield


@contextmanager
def _serve_logs(skip_serve_logs=False):
    """A process that serves the task logs while the body runs, with executors that run tasks on this machine."""
    from airflow.utils.serve_logs import serve_logs

    if skip_serve_logs or not _executor_serves_logs():
        yield
        return
    with _running(serve_logs):
        yield


@contextmanager
def _serve_health_check(enable_health_check=False):
    """A process that answers health checks while the body runs, when the configuration asks for it."""
    if not enable_health_check:
        yield
        return
    with _running(serve_health_check):
        yield


@contextmanager
def _running(target):
    """A child process that runs ``target`` while the body runs, and is gone afterwards whatever happened."""
    process = Process(target=target)
    process.start()
    try:
        yield process
    finally:
        _stop(process)


def _stop(process):
    """End ``process`` within ``TERMINATE_PATIENCE + KILL_PATIENCE`` seconds.

    A second signal to the scheduler may interrupt the wait; then there is no more patience, and it is killed at once.
    A third one can't interrupt that: it would leave the process, and the scheduler would wait for it at exit.
    """
    try:
        process.terminate()
        process.join(TERMINATE_PATIENCE)
    finally:
        if process.is_alive():
            with _undisturbed():
                _kill(process)


@contextmanager
def _undisturbed():
    """SIGINT and SIGTERM are ignored while the body runs; they say to end, and that is what is being done."""
    if threading.current_thread() is not threading.main_thread():  # signals arrive, and are set, in the main one only
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _kill(process):
    """Kill ``process`` and what it started: the log server has workers that would keep its port."""
    try:
        offspring = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        offspring = []
    process.kill()
    for child in offspring:
        with suppress(psutil.Error):  # it ended by itself
            child.kill()
    process.join(KILL_PATIENCE)
