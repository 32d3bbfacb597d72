"""A language model behind an endpoint: a server on loopback that answers well, wrongly, rarely or not at all."""

import json
import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from janib.errors import ConfigError, DataError, ModelError
from janib.labels import SARCASM_LABELS, STANCE_LABELS, TASK_LABELS
from janib.models.base import Model, find_problems
from janib.models.llm import endpoint
from janib.models.llm.address import get_answers_path
from janib.models.llm.endpoint import Completion
from janib.models.llm.model import LlmModel
from janib.models.llm.prompt import find_label
from janib.models.llm.shares import read_shares
from janib.models.store import load_model, save_model
from janib.schema import Example

CONFIG = OmegaConf.to_container(OmegaConf.load(Path(__file__).parents[3] / "conf/model/llm.yaml"))
OPTIONS = {name: value for name, value in CONFIG.items() if name not in ("name", "kind")}
KEY = "sk-نه-secret".encode("ascii", "ignore").decode()

ROWS = [
    Example("1", "رحّب الوزيرُ باتفاق الموانئ 🎉", "اتفاق الموانئ", speaker="الوزير", stance="favor"),
    Example("2", "نـــددت النقابة بقانون ١٩٩٩ {target}", "القانون", context="ماذا عن القانون؟", stance="against"),
    Example("3", "\u202bاجتمع ﺍﻟﻤﺠﻠﺲ أمس\u202c", "المجلس", stance="neutral"),
]


def judge(question):
    """Label a question by its statement, as the server's model."""
    statement = question.rpartition("Statement: ")[2]
    return "favor" if "رحّب" in statement else "against" if "نـــددت" in statement else "neutral"


def reply(text, tokens=None, **choice):
    content = (
        None
        if tokens is None
        else [
            {
                "token": token,
                "logprob": others[token],
                "top_logprobs": [{"token": t, "logprob": p} for t, p in others.items()],
            }
            for token, others in tokens
        ]
    )
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop", **choice}
    choice |= {} if content is None else {"logprobs": {"content": content}}
    return 200, {}, {"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 5}}


class Server(ThreadingHTTPServer):
    """Answers by ``answer(body)``, which returns status, headers and content; None cuts the connection."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.bodies, self.keys, self.active, self.most_active = [], set(), 0, 0
        self.lock = threading.Lock()
        self.answer = lambda body: reply(json.dumps({"label": judge(body["messages"][-1]["content"])}))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.bodies.append(body)
            self.server.keys.add(self.headers["Authorization"])
            self.server.active += 1
            self.server.most_active = max(self.server.most_active, self.server.active)
        try:
            answered = self.server.answer(body) if self.path == "/v1/chat/completions" else (404, {}, {})
        finally:
            with self.server.lock:
                self.server.active -= 1
        if answered is None:
            self.close_connection = True
            return
        status, headers, content = answered
        text = (content if isinstance(content, str) else json.dumps(content)).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(endpoint, "_FIRST_WAIT", 0.002)
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("JANIB_LLM_URL", f"http://127.0.0.1:{found.server_port}/v1/")
        monkeypatch.delenv("JANIB_LLM_KEY", raising=False)
        monkeypatch.delenv("JANIB_LLM_REQUESTS", raising=False)
        yield found
        found.shutdown()
        thread.join()


def make_model(tasks=("stance",), **options):
    return LlmModel(labels={task: TASK_LABELS[task] for task in tasks}, **{**OPTIONS, **options})


def label(model, rows=ROWS):
    return [STANCE_LABELS[place] for place in model.predict_proba(rows)["stance"].argmax(axis=1)]


def test_labels_rows_and_is_a_model(server):
    model = make_model()
    assert isinstance(model, Model)
    assert label(model) == ["favor", "against", "neutral"]
    (first,) = [body for body in server.bodies if "الموانئ" in body["messages"][-1]["content"]]
    assert first["messages"][-1]["content"].splitlines() == [
        "Speaker: الوزير", "Target: اتفاق الموانئ", f"Statement: {ROWS[0].text}",
    ]  # fmt: skip
    assert any("Answers this text: ماذا عن القانون؟" in body["messages"][-1]["content"] for body in server.bodies)
    assert any(
        f"Statement: {ROWS[1].text}" in body["messages"][-1]["content"] for body in server.bodies
    )  # its braces stay
    assert first["response_format"]["json_schema"]["schema"]["properties"]["label"]["enum"] == list(STANCE_LABELS)
    assert (model.usage.requests, model.usage.asked, model.usage.said) == (3, 300, 15)
    assert server.keys == {None}


def test_several_tasks_and_no_rows(server):
    server.answer = lambda body: reply(
        body["response_format"]["json_schema"]["schema"]["properties"]["label"]["enum"][0]
    )
    found = make_model(tuple(TASK_LABELS)).predict_proba(ROWS)
    assert {task: shares.shape for task, shares in found.items()} == {
        "stance": (3, 3),
        "sentiment": (3, 3),
        "sarcasm": (3, 2),
    }
    assert len(server.bodies) == 9
    assert make_model().predict_proba([])["stance"].shape == (0, 3)


def test_the_kept_answers_alone_reproduce_the_row(server, monkeypatch):
    before = make_model().predict_proba([*ROWS, *ROWS])["stance"]
    assert len(server.bodies) == 3  # equal questions are asked once
    monkeypatch.delenv("JANIB_LLM_URL")
    again = make_model()
    np.testing.assert_array_equal(again.predict_proba([*ROWS, *ROWS])["stance"], before)
    assert (again.usage.requests, again.usage.kept) == (0, 3)
    with pytest.raises(
        ModelError, match=r"1 of 1 answers of .* not kept, and no endpoint is at hand; set JANIB_LLM_URL"
    ):
        again.predict_proba([Example("4", "نص آخر", "هدف")])


def test_what_was_answered_before_a_failure_is_not_asked_again(server, monkeypatch):
    monkeypatch.setenv("JANIB_LLM_REQUESTS", "1")
    well = server.answer
    server.answer = lambda body: (
        well(body) if len(server.bodies) < 3 else (400, {}, {"error": {"message": "no schemas"}})
    )
    with pytest.raises(ModelError, match=r"status 400: no schemas.*model.form=word or model.logprobs=0"):
        make_model().predict_proba(ROWS)
    server.answer, asked = well, len(server.bodies)
    assert label(make_model()) == ["favor", "against", "neutral"]
    assert len(server.bodies) == asked + 1


@pytest.mark.parametrize(
    "failure",
    [
        (500, {}, "<html>"),
        (503, {}, {"error": "busy"}),
        (429, {"Retry-After": "0.05"}, {"error": {"message": "slow down"}}),
        (429, {"Retry-After": "Mon, 30 Nov 2015 10:00:00 GMT"}, ""),
        (429, {"Retry-After": "soon"}, ""),
        (200, {}, "<html>"),
        (200, {}, {"error": {"message": "overloaded"}}),
        (200, {}, {"choices": []}),
        (200, {}, "[]"),
        None,
    ],
)
def test_a_failure_that_passes_is_tried_again(server, failure):
    well = server.answer
    server.answer = lambda body: failure if len(server.bodies) <= 4 else well(body)
    assert label(make_model()) == ["favor", "against", "neutral"]


def test_failures_that_go_on_are_told_once_for_all_requests(server, caplog):
    server.answer = lambda body: (500, {}, {"error": f"busy with {body['model']}"})
    with pytest.raises(ModelError, match="failed 8 times"):
        make_model().predict_proba(ROWS)
    told = [record.message for record in caplog.records if "tries" in record.message]
    # The first two are no news.
    assert [message.partition("failed in ")[2].partition(" ")[0] for message in told] == ["3", "4", "5", "6", "7"]
    assert "3 of 8 tries (status 500: busy with Qwen/Qwen2.5-72B-Instruct); the next is in " in told[0]


def test_a_wait_that_is_asked_for_is_kept(server):
    well, begun = server.answer, time.monotonic()
    server.answer = lambda body: (429, {"Retry-After": "0.4"}, "") if len(server.bodies) == 1 else well(body)
    make_model().predict_proba(ROWS[:1])
    assert time.monotonic() - begun >= 0.4


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        ((401, {}, {"error": {"message": f"wrong key {KEY}"}}), r"status 401: wrong key \*\*\*.*set JANIB_LLM_KEY"),
        ((404, {}, {"error": {"message": "no such model"}}), "no such model.*model.served_model"),
        ((302, {"Location": "http://127.0.0.1:9/"}, ""), "status 302.*redirection is not followed"),
        ((500, {}, f"key {KEY} " * 99), r"failed 8 times \(status 500: key \*\*\*"),
        ((429, {"Retry-After": "86400"}, ""), "wants no request for 86,400 seconds"),
        (None, "failed 8 times .*answers so far are kept"),
    ],
)
def test_a_failure_that_stays_is_one_error_without_the_key(server, monkeypatch, failure, message):
    monkeypatch.setenv("JANIB_LLM_KEY", KEY)
    server.answer = lambda body: failure
    with pytest.raises(ModelError, match=message) as raised:
        make_model().predict_proba(ROWS)
    assert KEY not in str(raised.value)
    assert server.keys == {f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("JANIB_LLM_URL", "http://127.0.0.1:9/v1", "cannot be reached.*start the server"),
        ("JANIB_LLM_URL", "localhost", "cannot be reached|is no address"),
        ("JANIB_LLM_REQUESTS", "٠", "expected a whole number from 1 to 256"),
        ("JANIB_LLM_REQUESTS", "many", "expected a whole number from 1 to 256"),
        ("JANIB_LLM_KEY", "مفتاح", "a character that no key has"),
    ],
)
def test_a_wrong_variable_is_one_error(server, monkeypatch, variable, value, message):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ModelError, match=message):
        make_model().predict_proba(ROWS)
    assert server.bodies == []


def test_many_requests_at_once(server, monkeypatch):
    monkeypatch.setenv("JANIB_LLM_REQUESTS", "32")
    gate, well = threading.Barrier(32), server.answer

    def wait(body):
        gate.wait(10)  # broken unless all 32 are there
        return well(body)

    server.answer = wait
    rows = [Example(str(number), f"رحّب {number}", "المجلس") for number in range(32)]
    assert label(make_model(), rows) == ["favor"] * 32
    assert server.most_active == 32


@pytest.mark.parametrize(
    "first", ["لا أدري", "", '{"label": "maybe"}', '{"label": 3}', "against or favor", "[" * 100_000]
)
def test_an_answer_without_a_label_is_asked_about_once_more(server, first):
    server.answer = lambda body: reply(first if len(body["messages"]) == 2 else "favor")
    model = make_model()
    assert label(model, ROWS[:1]) == ["favor"]
    assert [message["role"] for message in server.bodies[1]["messages"]] == ["system", "user", "assistant", "user"]
    assert model.usage.unreadable == 0


@pytest.mark.parametrize(
    ("answer", "requests", "refused"),
    [
        (reply("لا أستطيع"), 2, 0),
        (reply(None, message={"content": None, "refusal": "no"}), 1, 1),
        (reply("", finish_reason="content_filter"), 1, 1),
    ],
)
def test_a_row_without_a_label_is_counted_and_shows_no_side(server, caplog, answer, requests, refused):
    server.answer = lambda body: answer
    model = make_model()
    (shares,) = model.predict_proba(ROWS[:1])["stance"]
    assert STANCE_LABELS[shares.argmax()] == "neutral"
    assert shares.max() < 0.35
    assert len(server.bodies) == requests
    assert (model.usage.refused, model.usage.unreadable) == (refused, 1 - refused)
    assert f"{refused} refused and {1 - refused} unreadable of 1 answers" in caplog.text


def test_log_probabilities_become_probabilities(server):
    tokens = [('{"label', {'{"label': 0.0}), ('": "', {'": "': 0.0}),
              ("fav", {"fav": np.log(0.7), "against": np.log(0.2), "ne": np.log(0.06)}),
              ("or", {"or": 0.0}), ('"}', {'"}': 0.0})]  # fmt: skip
    server.answer = lambda body: reply('{"label": "favor"}', tokens)
    (shares,) = make_model().predict_proba(ROWS[:1])["stance"]
    np.testing.assert_allclose(shares, np.array([0.2, 0.06, 0.7]) / 0.96)


@pytest.mark.parametrize(
    ("tokens", "labels", "expected"),
    [
        ([("favor", {"favor": np.log(0.9)})], STANCE_LABELS, [0.05, 0.05, 0.9]),  # the rest is shared
        ([(' "Favor', {' "Favor': np.log(0.5), ' "against': np.log(0.3), "Neutral": np.log(0.2)})],
         STANCE_LABELS, [0.3, 0.2, 0.5]),
        ([("ne", {"ne": np.log(0.8), "pos": np.log(0.2)}), ("utral", {"utral": np.log(0.75), "gative": np.log(0.25)})],
         TASK_LABELS["sentiment"], [0.2, 0.6, 0.2]),
        ([], STANCE_LABELS, [0.05, 0.05, 0.9]),
    ],
)  # fmt: skip
def test_shares_of_tokens(tokens, labels, expected):
    said = "neutral" if "pos" in str(tokens) else "favor"
    np.testing.assert_allclose(read_shares(Completion(said, False, tokens, 0, 0), said, labels), expected, rtol=1e-4)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["fav", "or", "favor", "ne", "gainst", "a", '{"label": "', "İ", ""]),
            st.dictionaries(st.text(max_size=3) | st.sampled_from(["against", "favor"]), st.floats(), max_size=3),
        ),
        max_size=5,
    )
)
def test_any_tokens_give_probabilities(tokens):
    for name in STANCE_LABELS:
        shares = np.array([read_shares(Completion(name, False, tokens, 0, 0), name, STANCE_LABELS)])
        assert find_problems(shares) == {}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"label": "against"}', "against"), ("Favor.", "favor"), ("**neutral**", "neutral"), ("مع", "favor"),
        ("ضد", "against"), ("«محايد»", "neutral"), ("<think>against? favor?</think>\nfavor", "favor"),
        ("It is against the target", "against"), ("disfavored", None), ("favor/against", None),
        ("NaN", None), ('{"label": null}', None), ("It is not against the target", None), ("ليس against", None),
        ("favor, without any doubt", "favor"),
    ],
)  # fmt: skip
def test_the_label_that_an_answer_names(answer, expected):
    assert find_label(answer, "stance", STANCE_LABELS) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"label": "not_sarcastic"}', "not_sarcastic"), ("Sarcastic.", "sarcastic"),
        ("not sarcastic", "not_sarcastic"),
        ("The statement is not sarcastic.", "not_sarcastic"), ("It is sarcastic", "sarcastic"),
        ("It isn't sarcastic", None), ("This is not really sarcastic", None), ("ساخر", "sarcastic"),
        ("غير ساخر", "not_sarcastic"), ("sarcastic or not_sarcastic", None),
    ],
)  # fmt: skip
def test_a_denied_label_is_not_taken_for_it(answer, expected):
    assert find_label(answer, "sarcasm", SARCASM_LABELS) == expected


def test_examples_are_of_the_target_drawn_from_train_by_the_seed(server):
    train = [
        Example(f"{target}{number}", f"نص {target} {number}", target, stance=STANCE_LABELS[number % 3])
        for target in ("المجلس", "القانون")
        for number in range(9)
    ]
    model = make_model(shots=3).fit(train, [Example("v", "لا يُرى", "المجلس", stance="favor")])
    model.predict_proba(ROWS)
    for body in server.bodies:
        shown, question = body["messages"][1:-1], body["messages"][-1]["content"]
        assert sorted(json.loads(one["content"])["label"] for one in shown[1::2]) == sorted(STANCE_LABELS)
        targets = {one["content"].splitlines()[0] for one in shown[::2]}
        target = next(line for line in question.splitlines() if line.startswith("Target"))
        assert targets == {target} or "الموانئ" in target  # a target without examples gets those of any
    asked = len(server.bodies)
    make_model(shots=3).fit(train, []).predict_proba(ROWS)
    assert len(server.bodies) == asked
    make_model(shots=3, seed=1).fit(train, []).predict_proba(ROWS)
    assert len(server.bodies) > asked


@pytest.mark.parametrize("shots", [0, 2])
def test_a_saved_model_holds_the_prompt_and_no_key(server, monkeypatch, tmp_path, shots):
    monkeypatch.setenv("JANIB_LLM_KEY", KEY)
    model = make_model(shots=shots).fit(ROWS, [])
    before = model.predict_proba(ROWS)["stance"]
    save_model(model, tmp_path / "model", {}, "")
    kept = b"".join(path.read_bytes() for path in [*(tmp_path / "model").iterdir(), get_answers_path()])
    assert KEY.encode() not in kept
    assert b"127.0.0.1" not in kept
    assert b"press" not in kept
    monkeypatch.delenv("JANIB_LLM_URL")
    np.testing.assert_array_equal(load_model(tmp_path / "model")[0].predict_proba(ROWS)["stance"], before)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": None}, {"shots": -1}, {"shots": "3"}, {"form": "xml"}, {"logprobs": 99}, {"served_model": " "},
        {"request": {"messages": []}}, {"prices": {"asked": 1}}, {"prices": {"asked": 1, "said": -1}},
        {"prompt": {**OPTIONS["prompt"], "question": ["Target: {target}"]}},
        {"prompt": {**OPTIONS["prompt"], "tasks": {}}},
        {"prompt": {**OPTIONS["prompt"], "system": "one line"}},
    ],
)  # fmt: skip
def test_a_wrong_option_is_refused(change):
    with pytest.raises(ConfigError):
        make_model(**change)


def test_needs_two_labels():
    with pytest.raises(DataError, match="1 classes"):
        make_model().fit(ROWS[:1], [])


def test_a_damaged_file_of_answers_is_one_error(server):
    get_answers_path().parent.mkdir()
    get_answers_path().write_bytes(b"no database " * 999)
    with pytest.raises(ModelError, match=r"cannot be used.*move it away"):
        make_model().predict_proba(ROWS)
    get_answers_path().unlink()
    make_model().predict_proba(ROWS)
    with sqlite3.connect(get_answers_path()) as connection:
        connection.execute("UPDATE answers SET answer = '{}'")
    connection.close()
    with pytest.raises(ModelError, match="cannot be used"):
        make_model().predict_proba(ROWS)


def test_the_log_holds_the_cost_where_prices_are_given_and_no_address(server, caplog):
    caplog.set_level("INFO")
    make_model(prices={"asked": 2.0, "said": 10.0}).predict_proba(ROWS)
    assert "3 answers asked for, 0 kept ones, 300 + 15 tokens, cost 0.0008" in caplog.text
    assert "127.0.0.1" not in caplog.text
    make_model().predict_proba(ROWS)
    assert "0 answers asked for, 3 kept ones, 300 + 15 tokens, 0 rows refused" in caplog.text


def test_predict_and_analyse_take_it(server, run_janib, tmp_path):
    save_model(make_model().fit(ROWS, []), tmp_path / "model", {"target_is_given": True}, "")
    (tmp_path / "in.csv").write_text("text,target\n" + "".join(f"{row.text},{row.target}\n" for row in ROWS), "utf-8")
    code, _, told = run_janib("predict", tmp_path / "in.csv", tmp_path / "out.csv", "--model", tmp_path / "model")
    assert code == 0, told
    assert [line.split(",")[2] for line in (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()[1:]] == [
        "favor", "against", "neutral",
    ]  # fmt: skip
    (tmp_path / "article.txt").write_text("رحّب وزير الخارجية المصري بقرار تونس.", "utf-8")
    code, shown, told = run_janib(
        "analyse", tmp_path / "article.txt", "--model", tmp_path / "model", "-o", tmp_path / "report"
    )
    assert code == 0, told
    assert "favor" in shown
    assert (tmp_path / "report/report.html").is_file()


def test_predict_without_an_endpoint_is_one_error(server, run_janib, tmp_path, monkeypatch):
    monkeypatch.delenv("JANIB_LLM_URL")
    save_model(make_model().fit(ROWS, []), tmp_path / "model", {"target_is_given": True}, "")
    code, _, told = run_janib("predict", "رحّب الوزير بالقرار", "--target", "القرار", "--model", tmp_path / "model")
    assert code == 2
    assert "no endpoint is at hand" in told
    assert "Traceback" not in told
