"""Model versions as real HTTP servers on loopback, and a router that releases one of them under three patterns.

Every server listens on 127.0.0.1 at a port the system picks, runs in a daemon thread, and stops when its ``with`` block
is left, also by an error or an interrupt.
"""

import asyncio
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

import aiohttp
import numpy as np
import pandas as pd
import uvicorn
from fastapi import FastAPI, Request, Response

HOST = "127.0.0.1"
PATTERNS = ("shadow", "canary", "blue-green")
FAILED = -1  # the answer of a server that failed


@contextmanager
def serve(app, *, start_timeout_s=60.0):
    """Run an ASGI app as an HTTP server on loopback for the length of a ``with`` block.

    Parameters
    ----------
    app : callable
        The ASGI application, such as a FastAPI object.
    start_timeout_s : float, default 60.0
        Seconds to wait for the server to answer.

    Yields
    ------
    str
        Its address, such as ``http://127.0.0.1:40123``.

    Raises
    ------
    RuntimeError
        If the server does not start in time.
    """
    listener = socket.create_server((HOST, 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for an ACK
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=_run_server, args=(server, listener), daemon=True)
    try:
        thread.start()
        _wait_until(lambda: server.started or not thread.is_alive(), start_timeout_s)
        if not server.started:
            raise RuntimeError(f"the server must start within {start_timeout_s} s (got no answer)")
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        listener.close()


def _run_server(server, listener):
    with suppress(SystemExit):  # uvicorn's way to say that the app could not start
        server.run(sockets=[listener])


def _wait_until(ready, timeout_s):
    pause = threading.Event()
    for _ in range(int(timeout_s / 0.005)):
        if ready():
            return
        pause.wait(0.005)


def make_model_app(name, predict):
    """A model as a web service: ``GET /health`` says its name, ``POST /predict`` reads one image.

    Parameters
    ----------
    name : str
        The version's name.
    predict : callable
        Takes an image as an array of shape (784,) of ink from 0 to 1, returns (digit, confidence). An exception in it
        becomes status 500, as in any web service.

    Returns
    -------
    FastAPI
    """
    app = FastAPI()

    @app.get("/health")
    async def health():
        return {"model": name}

    @app.post("/predict")
    async def answer(request: Request, response: Response):
        pixels = np.frombuffer(await request.body(), dtype=np.uint8)
        try:
            digit, confidence = predict(pixels / 255)
        except Exception as error:
            response.status_code = 500
            return {"model": name, "error": type(error).__name__}
        return {"model": name, "digit": int(digit), "confidence": round(float(confidence), 4)}

    return app


@contextmanager
def serve_models(models):
    """Serve several models at once for the length of a ``with`` block.

    Parameters
    ----------
    models : dict of str to callable
        The ``predict`` function of each version (see :func:`make_model_app`).

    Yields
    ------
    dict of str to str
        The address of each version.
    """
    with ExitStack() as stack:
        yield {name: stack.enter_context(serve(make_model_app(name, predict))) for name, predict in models.items()}


class Router:
    """The one place users talk to; it passes each form to the old or the new version.

    Parameters
    ----------
    urls : sequence of two str
        Address of the old and of the new version.
    tickets : array of shape (n,)
        One number from 0 to 1 per form; a canary reads the forms whose ticket is below its share.
    pattern : {"shadow", "canary", "blue-green"}
        Who answers until the rule decides: the old version while the new one is asked too; the new one for a share of
        the forms; or the new one for all.
    rule : callable
        Called with (wrong answers, labels, error rate of the old version) of the new version at every label; returns
        "wait", "promote" or "roll back".
    old_error : float
        Error rate of the old version, from 0 to 1.
    share : float, default 0.2
        Share of forms the canary reads, from 0 to 1.
    max_failures : int, default 3
        Roll back at once at this many failures of the new version: a failure needs no label.

    Attributes
    ----------
    decision : str
        "wait" until the release is decided.
    journal : dict of int to dict
        Per form: who served it, the served answer, and what the new version said (None: not asked).
    """

    def __init__(self, urls, tickets, *, pattern, rule, old_error, share=0.2, max_failures=3):
        if pattern not in PATTERNS:
            raise ValueError(f"'pattern' must be one of {', '.join(PATTERNS)} (got {pattern!r})")
        if not 0 <= share <= 1:
            raise ValueError(f"'share' must be from 0 to 1 (got {share!r})")
        self.urls, self.tickets = dict(zip(("old", "new"), urls, strict=True)), tickets
        self.pattern, self.share = pattern, share
        self.rule, self.old_error, self.max_failures = rule, old_error, max_failures
        self.decision, self.journal = "wait", {}
        self.labels = self.wrong = self.failures = 0

    def route(self, form):
        """The versions to ask for a form; the answer of the first one goes to the user."""
        if self.decision != "wait":
            return ["new" if self.decision == "promote" else "old"]
        if self.pattern == "shadow":
            return ["old", "new"]
        return ["new" if self.pattern == "blue-green" or self.tickets[form] < self.share else "old"]

    def learn(self, form, label):
        """Take the true digit of a form, and ask the rule if it was the new version's."""
        answer = self.journal[form]["new"]
        if answer is None or self.decision != "wait":
            return
        self.labels += 1
        self.wrong += int(answer != label)
        self.decision = self.rule(self.wrong, self.labels, self.old_error)

    def write_down(self, form, answers):
        """Keep who was asked and what they said; roll back at too many failures of the new version."""
        first = next(iter(answers))
        self.journal[form] = {"served_by": first, "served": answers[first], "new": answers.get("new")}
        self.failures += answers.get("new") == FAILED
        if self.decision == "wait" and self.failures >= self.max_failures:
            self.decision = "roll back"

    async def answer(self, session, form, body):
        """Answer one form through the servers; `body` is its image."""
        names = self.route(form)
        said = await asyncio.gather(*(_post(session, self.urls[name], body) for name in names))
        self.write_down(form, dict(zip(names, said, strict=True)))


async def _post(session, url, body):
    async with session.post(f"{url}/predict", data=body) as reply:
        return (await reply.json())["digit"] if reply.status == 200 else FAILED


def run(coroutine):
    """Run a coroutine to its end in a thread of its own, also where an event loop runs already, as in a notebook.

    An interrupt cancels the coroutine and waits until it has cleaned up.
    """
    started = Future()

    async def main():
        started.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        return await coroutine

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(asyncio.run, main())
        try:
            return done.result()
        except KeyboardInterrupt:
            loop, task = started.result()
            loop.call_soon_threadsafe(task.cancel)
            raise


def ask(url, image):
    """Post one image to a model server or router and return its JSON answer as a dict."""

    async def post():
        request = aiohttp.request("POST", f"{url}/predict", data=_body(image))
        async with request as reply:
            return await reply.json()

    return run(post())


def live_release(urls, X, y, *, pattern, rule, old_error, share=0.2, label_delay=100, tick=20, seed=0):
    """Release a new version on live traffic, with labels that come late.

    Parameters
    ----------
    urls : sequence of two str
        Addresses of the old and the new version, both running.
    X : array of shape (n, 784)
        The traffic in its order: ink from 0 to 1.
    y : array of shape (n,)
        The true digits, which the clerks find out later.
    pattern, rule, old_error, share
        See :class:`Router`.
    label_delay : int, default 100
        Forms between a form and its label.
    tick : int, default 20
        Forms sent at the same time; labels come in between.
    seed : int, default 0
        Draws each form's ticket, which decides whether a canary reads it.

    Returns
    -------
    DataFrame
        One row per form, in order: ``served_by`` ("old", "new"), ``served`` and ``new`` (answers; -1 is a failure, NaN
        means not asked), ``label``, ``decision`` (as known when the form was sent).
    """
    tickets = np.random.default_rng(seed).random(len(X))
    router = Router(urls, tickets, pattern=pattern, rule=rule, old_error=old_error, share=share)
    bodies = [_body(image) for image in X]

    async def traffic():
        decisions = []
        async with aiohttp.ClientSession() as session:
            for start in range(0, len(X), tick):
                forms = range(start, min(start + tick, len(X)))
                decisions += [router.decision] * len(forms)
                await asyncio.gather(*(router.answer(session, form, bodies[form]) for form in forms))
                for form in range(max(start - label_delay, 0), max(forms.stop - label_delay, 0)):
                    router.learn(form, y[form])
        return decisions

    decisions = run(traffic())
    journal = pd.DataFrame.from_dict(router.journal, orient="index").sort_index()
    return journal.assign(label=y, decision=decisions)


def _body(image):
    return np.round(np.asarray(image) * 255).astype(np.uint8).tobytes()
