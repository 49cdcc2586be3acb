import asyncio
import gc
import socket
import threading

import numpy as np
import psutil
import pytest

from helpers import deployment_patterns as dp
from helpers import deployment_serving as ds


def always(digit):
    return lambda image: (digit, 0.9)


def fails(image):
    raise MemoryError("too much ink")


def never(wrong, labels, old_error):
    return "wait"


def roll_back_at_two(wrong, labels, old_error):
    return "roll back" if wrong >= 2 else "wait"


def listening():
    return {c.laddr for c in psutil.Process().net_connections("inet") if c.status == psutil.CONN_LISTEN}


@pytest.fixture(scope="module")
def urls():
    models = {"one": always(1), "two": always(2), "brittle": fails}
    with ds.serve_models(models) as addresses:
        yield addresses


def test_a_server_answers_on_loopback_only(urls):
    image = np.full(784, 0.5)
    assert ds.ask(urls["two"], image) == {"model": "two", "digit": 2, "confidence": 0.9}
    assert ds.ask(urls["brittle"], image) == {"model": "brittle", "error": "MemoryError"}
    assert {address.ip for address in listening()} == {"127.0.0.1"}


def test_small_answers_are_sent_at_once(urls):
    ports = {int(url.rpartition(":")[2]) for url in urls.values()}
    sockets = [thing for thing in gc.get_objects() if isinstance(thing, socket.socket) and thing.fileno() >= 0]
    listeners = [one for one in sockets if one.family == socket.AF_INET and one.getsockname()[1] in ports]
    assert len(listeners) == len(ports)
    assert all(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for one in listeners)


def test_the_image_arrives_as_it_was_sent():
    seen = []

    def predict(image):
        seen.append(image)
        return 0, 1.0

    image = np.linspace(0, 1, 784)
    with ds.serve(ds.make_model_app("probe", predict)) as url:
        ds.ask(url, image)
    assert np.abs(seen[0] - image).max() <= 0.5 / 255 + 1e-12


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_listening_after_an_exception(error):
    before, threads = listening(), threading.active_count()
    with pytest.raises(error), ds.serve_models({"one": always(1), "two": always(2)}):
        assert len(listening()) == len(before) + 2
        raise error
    assert listening() == before
    assert threading.active_count() == threads


def test_nothing_is_left_listening_when_a_later_server_cannot_start(monkeypatch):
    before = listening()
    make = ds.make_model_app

    def second_fails(name, predict):
        if name == "two":
            raise ValueError("no such model")
        return make(name, predict)

    monkeypatch.setattr(ds, "make_model_app", second_fails)
    with pytest.raises(ValueError, match="no such model"), ds.serve_models({"one": always(1), "two": always(2)}):
        pass
    assert listening() == before


def test_an_app_that_dies_at_the_start_is_reported():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no model"})

    before = listening()
    with pytest.raises(RuntimeError, match="the server must start within"), ds.serve(app):
        pass
    assert listening() == before


def test_run_cancels_its_coroutine_on_an_interrupt(monkeypatch):
    started, cleaned = threading.Event(), threading.Event()

    async def long():
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    def interrupted(self, timeout=None):
        started.wait()
        raise KeyboardInterrupt

    real = ds.Future.result
    calls = []

    def first_call_is_interrupted(self, timeout=None):
        calls.append(self)
        return interrupted(self) if len(calls) == 1 else real(self, timeout)

    monkeypatch.setattr(ds.Future, "result", first_call_is_interrupted)
    with pytest.raises(KeyboardInterrupt):
        ds.run(long())
    assert cleaned.wait(60)


def release(urls, new="two", *, pattern, rule, n=60, label=1, **options):
    X, y = np.zeros((n, 784)), np.full(n, label)
    settings = {"old_error": 0.1, "label_delay": 20, "tick": 10} | options
    return ds.live_release((urls["one"], urls[new]), X, y, pattern=pattern, rule=rule, **settings)


def test_shadow_serves_the_old_version_and_asks_both(urls):
    journal = release(urls, pattern="shadow", rule=never)
    assert (journal["served"] == 1).all() and (journal["new"] == 2).all()
    assert (journal["decision"] == "wait").all()


def test_canary_share_follows_the_tickets(urls):
    journal = release(urls, pattern="canary", rule=never, share=0.3, seed=4)
    to_new = np.random.default_rng(4).random(60) < 0.3
    assert (journal["served_by"].eq("new") == to_new).all()
    assert journal.loc[~to_new, "new"].isna().all()


def test_labels_come_late_and_then_the_rule_rolls_back(urls):
    journal = release(urls, pattern="blue-green", rule=roll_back_at_two)
    # labels of forms 0-9 arrive with the tick of forms 20-29; from form 30 on users are back on the old version
    assert journal["decision"].ne("wait").idxmax() == 30
    assert (journal["served_by"][:30] == "new").all() and (journal["served_by"][30:] == "old").all()
    assert dp.summarize_release(journal)["exposed"] == 30  # all that the new version answered


def test_promotion_moves_everybody(urls):
    journal = release(urls, pattern="shadow", label=2, rule=lambda wrong, n, old: "promote" if n > 4 else "wait")
    assert journal["served"].iloc[-1] == 2 and journal["decision"].iloc[-1] == "promote"


def test_failures_roll_back_without_a_label(urls):
    journal = release(urls, "brittle", pattern="blue-green", rule=never, label_delay=1000)
    assert journal["decision"].iloc[-1] == "roll back"
    assert (journal["served"] == -1).sum() == 10  # the tick that was under way
    hidden = release(urls, "brittle", pattern="shadow", rule=never, label_delay=1000)
    assert (hidden["served"] == 1).all()


def test_the_rule_hears_counts_and_the_old_error(urls):
    heard = []
    release(urls, pattern="shadow", rule=lambda *a: heard.append(a) or "wait", n=40, label_delay=0, old_error=0.25)
    assert heard[0] == (1, 1, 0.25) and heard[-1] == (40, 40, 0.25)


def test_router_refuses_what_it_does_not_know(urls):
    with pytest.raises(ValueError, match=r"'pattern' must be one of shadow, canary, blue-green \(got 'big bang'\)"):
        release(urls, pattern="big bang", rule=never)
    with pytest.raises(ValueError, match=r"'share' must be from 0 to 1 \(got 10\)"):
        release(urls, pattern="canary", rule=never, share=10)
