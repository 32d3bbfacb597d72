import errno
import io
import logging
import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from janib.errors import JanibError, MissingExtraError, report_errors, suggest


def test_missing_extra_names_the_way_to_install_it():
    with pytest.raises(JanibError) as raised:
        raise MissingExtraError("downloading a corpus", "experiments")
    assert str(raised.value) == (
        "downloading a corpus needs packages that are not installed; "
        f"install them with: {sys.executable} -m pip install 'janib[experiments]'"
    )


@pytest.mark.parametrize(
    ("found", "known", "said"),
    [
        ("favour", ["against", "favor"], "; did you mean 'favor'?"),
        ("مع", ["text", "target"], ""),
        ("نص", ["النص", "الجهة"], "; did you mean 'النص'?"),
        ("x", [], ""),
    ],
)
def test_suggest_names_only_what_is_near(found, known, said):
    assert suggest(found, known) == said


# What is reported


@pytest.fixture
def report(capsys):
    """Raise an error, or do something, where errors are reported; return exit status and standard error."""

    def run(act):
        with pytest.raises(SystemExit) as left, report_errors():
            act() if callable(act) else raise_it(act)
        return left.value.code, capsys.readouterr().err

    return run


def raise_it(error):
    raise error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (JanibError("two\nlines"), "error: two lines\n"),
        (MemoryError(), "error: the memory is full; end other programs, or take a smaller file or model\n"),
        (
            ImportError("x.so: failed to map segment from shared object"),
            "error: the memory is full; end other programs, or take a smaller file or model\n",
        ),
        (OSError(errno.ENOSPC, "No space"), "error: the disk is full; free some space and run again\n"),
        (
            OSError(errno.EFBIG, "File too large", "out.csv"),
            "error: a file becomes larger than the system allows while writing out.csv; raise the limit (ulimit -f) "
            "and run again\n",
        ),
        (
            OSError(errno.EFBIG, "File too large"),
            "error: a file becomes larger than the system allows; raise the limit (ulimit -f) and run again\n",
        ),
        (
            OSError(errno.ENAMETOOLONG, "File name too long", "x.csv"),
            "error: x.csv cannot be read or written: File name too long; choose another place\n",
        ),
        (
            OSError(errno.EBADF, "Bad file descriptor"),
            "error: something cannot be read or written: Bad file descriptor; mend it and run again\n",
        ),
        (
            shutil.Error([("a/x.py", "b/x.py", "[Errno 28] No space left on device: 'a/x.py' -> 'b/x.py'")] * 90),
            "error: the disk is full while writing b/x.py; free some space and run again\n",
        ),
        (
            shutil.Error([("a", "b", "the file is odd")]),
            "error: something cannot be read or written: the file is odd; mend it and run again\n",
        ),
        (
            shutil.Error("'a' and 'b' are the same file"),
            "error: something cannot be read or written: 'a' and 'b' are the same file; mend it and run again\n",
        ),
        (OSError("no answer"), "error: something cannot be read or written: no answer; mend it and run again\n"),
    ],
)
def test_an_error_is_one_line(report, monkeypatch, error, said):
    monkeypatch.setattr("sys.stdout", sys.stdout)  # it may be exchanged
    assert report(error) == (2, said)


def test_a_list_of_faults_has_a_line_for_each(report):
    error = JanibError("a.csv, row 1: no 'id'", "a\nb.csv, row 2: no\r\n'ar'", "and 3 more")
    assert str(error) == "a.csv, row 1: no 'id'\na\nb.csv, row 2: no\r\n'ar'\nand 3 more"
    assert report(error) == (2, "error: a.csv, row 1: no 'id'\na b.csv, row 2: no 'ar'\nand 3 more\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_as_an_interrupt(report, request, number):
    before = signal.signal(number, signal.SIG_DFL)  # under nohup the tests ignore SIGHUP
    request.addfinalizer(lambda: signal.signal(number, before))
    cleared = []

    def act():
        try:
            os.kill(os.getpid(), number)
            pytest.fail("it went on")
        finally:
            os.kill(os.getpid(), number)  # a second one waits for the clearing away
            cleared.append(True)

    assert report(act) == (128 + number, f"ended by {number.name}\n")
    assert cleared
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_signal_that_typer_made_an_exit_of(report):
    def act():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            raise SystemExit(130) from None

    assert report(act) == (143, "ended by SIGTERM\n")


def test_a_signal_that_ended_a_worker_process_too(report):
    def act():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except KeyboardInterrupt:
            raise JanibError("a worker process ended before its work") from None

    assert report(act) == (143, "ended by SIGTERM\n")


def test_a_signal_is_told_once_by_blocks_in_one_another(report):
    def act():
        with report_errors():  # as a job of Hydra's inside its script
            os.kill(os.getpid(), signal.SIGTERM)

    assert report(act) == report(act) == (143, "ended by SIGTERM\n")


def test_a_signal_that_is_ignored_stays_so(report):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        assert report(lambda: os.kill(os.getpid(), signal.SIGHUP) or raise_it(JanibError("done"))) == (
            2,
            "error: done\n",
        )
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(130)])  # the second is what typer makes of the first
def test_an_interrupt_is_one_line(report, error):
    assert report(error) == (130, "interrupted\n")


def test_other_threads_report_too():
    def work():
        with report_errors():
            raise JanibError("in a thread")

    with ThreadPoolExecutor(1) as pool, pytest.raises(SystemExit):
        pool.submit(work).result()


def test_closed_streams_are_opened_at_nothing(monkeypatch):
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    with report_errors():
        sys.stdout.write("nothing")
        sys.stderr.write("nothing")
        assert sys.stdin.read() == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_stream_of_another_encoding_spells_letters_out(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
    with report_errors():
        sys.stdout.write("نص")
    assert raw.getvalue() == rb"\u0646\u0635"


class FullDevice(io.RawIOBase):
    """As ``/dev/full``, until it is not full any more."""

    is_full = True

    def writable(self):
        return True

    def write(self, content):
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(content)


def test_a_full_device_for_standard_output_is_one_line(report, monkeypatch):
    device = FullDevice()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BufferedWriter(device), "utf-8"))
    full = sys.stdout
    assert report(lambda: sys.stdout.write("row\n")) == (2, "error: the disk is full; free some space and run again\n")
    assert sys.stdout is not full
    device.is_full = False
    full.close()


class FullStream(io.StringIO):
    def write(self, _):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_log_on_a_full_disk_prints_no_traceback(report):
    def act():
        log = logging.Logger("full")
        log.addHandler(logging.StreamHandler(FullStream()))
        log.error("a line")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = logging.raiseExceptions
    assert report(act) == (2, "error: the disk is full; free some space and run again\n")
    assert logging.raiseExceptions is before
