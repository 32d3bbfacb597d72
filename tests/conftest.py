"""What many tests need: command lines, a saved model, a small corpus, a made-up article."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from janib.articles.analysis import Analysis, Article
from janib.articles.positions import Statement, load_judge
from janib.articles.spans import REPORT, REPORT_SPEAKER, Mention, Speaker
from janib.cli.commands import main
from janib.corpora import read_corpus
from janib.inference.classifier import Classifier
from janib.labels import POSITION_LABELS, STANCE_LABELS
from janib.models.cue_lexicon import LexiconModel
from janib.models.majority import MajorityModel
from janib.models.store import save_model
from janib.schema import Example

EXPERIMENTS = Path(__file__).parents[1] / "experiments"

CORPUS = """\
id,text,target,stance
a1,رحّب الوزير باتفاق الموانئ,اتفاق الموانئ,favor
a2,رفضت النقابة قانون الأجور,قانون الأجور,against
a3,اجتمع المجلس أمس في العاصمة,المجلس,neutral
a4,أشادت الغرفة بقانون الأجور,قانون الأجور,favor
"""


@pytest.fixture
def run_janib(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., tuple[int, str, str]]:
    """Run ``janib …`` in this process; return exit status, standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        monkeypatch.setattr("sys.argv", ["janib", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        shown = capsysbinary.readouterr()
        return int(left.value.code or 0), shown.out.decode(), shown.err.decode()

    return run


@pytest.fixture(scope="session")
def run_process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``experiments/SCRIPT.py OVERRIDE…`` in a folder, as a process of its own."""

    def run(folder: Path, script: str, *overrides: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(EXPERIMENTS / f"{script}.py"), *overrides]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=900)

    return run


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread, so that sums have one order."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def majority() -> MajorityModel:
    """A model that answers favor 0.5, against and neutral 0.25 each."""
    stances = ["favor", "favor", "neutral", "against"]
    rows = [Example(str(number), "نص", stance=stance) for number, stance in enumerate(stances)]
    return MajorityModel(labels={"stance": STANCE_LABELS}).fit(rows, [])


@pytest.fixture(scope="session")
def lexicon() -> Classifier:
    """The lexicon, fitted on the Janib statements; its answers are plain, and it explains itself word by word."""
    model = LexiconModel(labels=POSITION_LABELS).fit(read_corpus("statements")[1]["train"], [])
    return Classifier(model, {"provenance": {"target_is_given": True}})


@pytest.fixture
def model_folder(tmp_path: Path, majority: MajorityModel) -> Path:
    """The majority model, saved; it must be told a target."""
    folder = tmp_path / "model"
    save_model(majority, folder, {"target_is_given": True}, "# Card\n")
    return folder


@pytest.fixture
def corpus_file(tmp_path: Path) -> Path:
    """Four rows with id, text, target and stance."""
    path = tmp_path / "corpus.csv"
    path.write_text(CORPUS, encoding="utf-8")
    return path


@pytest.fixture
def make_analysis() -> Callable[..., Analysis]:
    """Analyse a made-up article: its statements in order, each with its speakers and the parties that it names.

    A party's name is its id.
    """
    judge = load_judge()

    def make(*parts: tuple[str, list[str], list[str]], **about: str) -> Analysis:
        text, statements, mentions = "", [], []
        for sentence, speakers, parties in parts:
            start = len(text)
            text += f"{sentence}\n"
            said = [Speaker(name, name, "named") for name in speakers] or [REPORT_SPEAKER]
            statements.append(Statement(start, start + len(sentence), tuple(said)))
            for party in parties:
                place = text.index(party, start)
                mentions.append(Mention(place, place + len(party), party))
        positions = judge.position(text, statements, mentions)
        names = {REPORT: "التقرير"} | {one.party: one.party for one in mentions}
        names |= {speaker.party: speaker.surface for one in statements for speaker in one.speakers if speaker.surface}
        article = Article(text, **about)
        return Analysis(article, tuple(statements), tuple(mentions), tuple(positions), names)

    return make
