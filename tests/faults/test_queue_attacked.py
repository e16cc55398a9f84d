"""Row 17: what somebody with a way into Valkey may put there is not run; the API's own way in cannot put anything."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from rq import Queue
from rq.job import Job

from deploy.embedded import children
from deploy.embedded.binaries import EmbeddedSettings, find_valkey
from deploy.make_secrets import make_secrets
from services.worker.guarded_job import FUNCTION
from services.worker.wakeups import QUEUE, REFUSED, connect
from tests.faults.jobs import ask, row, wait_done_once
from tests.faults.system import System, wait_until
from tests.faults.trial import Trial


def odd_data(command: str, job: str) -> list[bytes]:
    """Return what a message may hold instead of a call of ours."""
    call: list[object] = [FUNCTION, None, [job], {}]
    forged: list[object] = [
        ["os.system", None, [command], {}],
        ["subprocess.getoutput", None, [command], {}],
        ["services.worker.wrapper.run.__globals__", None, [job], {}],
        [f"{FUNCTION}\u0000", None, [job], {}],
        [f" {FUNCTION}", None, [job], {}],
        [FUNCTION, "posix", [job], {}],
        [FUNCTION, None, [], {"job_run_id": job}],
        [FUNCTION, None, [job, command], {}],
        [FUNCTION, None, ["../../../../etc/passwd"], {}],
        [FUNCTION, None, [f"{job}/../{job}"], {}],
        [FUNCTION, None, [{"$ref": job}], {}],
        [FUNCTION, None, ["00000000-0000-0000-0000-00000000000g"], {}],
        [FUNCTION, None, [7], {}],
        {"function": FUNCTION, "args": [job]},
        None,
    ]
    raw = [pickle.dumps((os.system, None, (command,), {})), b"\xff\xfe\x00", b"[" * 900, b"", b"x" * 2_000_000]
    return [json.dumps(one).encode() for one in forged] + raw + [json.dumps([*call, *call]).encode()]


def forge(client: redis.Redis, target: Path, job: str) -> int:
    """Put all of it into the queue; return how many messages."""
    queue = Queue(QUEUE, connection=client, serializer="json")
    forged = odd_data(f"touch {target}", job)
    for data in forged:
        message = Job.create(FUNCTION, args=(job,), connection=client, serializer="json", origin=QUEUE)
        message.id = f"forged-{uuid4()}"
        message._data = data
        queue.enqueue_job(message)
    broken = Job.create(
        FUNCTION, args=(job,), connection=client, serializer="json", id=f"broken-{uuid4()}", origin=QUEUE
    )
    queue.enqueue_job(broken)
    client.hset(broken.key, "status", "no such status")
    for odd in ("default", "rq:queue:high", "../nastavnik"):
        Queue(odd, connection=client, serializer="json").enqueue("os.system", f"touch {target}")
    client.rpush(f"rq:queue:{QUEUE}", b"\xff\xfe", "a-message-without-a-hash", f"{job}-r1-r1")
    return len(forged) + 2  # the broken one, and the id that is no text


def test_forged_messages_are_refused_and_counted_and_the_queue_goes_on(
    trial: Trial, system: System, tmp_path: Path
) -> None:
    trial.of(17, "os.system, pickled bytes, other functions, ids and queues, too large ones; the worker killed between")
    target = tmp_path / "touched"
    sacrifice, good = trial.plain(system, 2)
    with connect(system.stack.valkey.url) as client:
        before = int(client.get(REFUSED) or 0)
        job = ask(trial, system, sacrifice)
        wait_done_once(system, [job])
        fence = row(system, job)["fence"]
        forged = forge(client, target, job)
        system.kill("worker")
        trial.injected("SIGKILL of the worker among forged messages")
        system.restart("worker")
        forged += forge(client, target, job)
        wanted = ask(trial, system, good)
        wait_done_once(system, [wanted])
        # A message that the killed worker held in its hands is lost with it: nobody misses it.
        wait_until(lambda: int(client.get(REFUSED) or 0) - before >= forged - 1, "the forged were counted")
        assert client.llen("rq:queue:default") == 2, "nobody listens to other queues"
        client.delete("rq:queue:default", "rq:queue:rq:queue:high", "rq:queue:../nastavnik")
    trial.injected("forged message", forged)
    assert not target.exists()
    assert row(system, job)["fence"] == fence, "a job that is done is not run again"
    trial.verify(system)


@contextmanager
def guarded_valkey(folder: Path) -> Iterator[Path]:
    """Run a Valkey with the list of users that we deploy; yield the folder of the secrets."""
    port = children.free_port()
    secrets = folder / "secrets"
    make_secrets(secrets, valkey=f"127.0.0.1:{port}")
    program = find_valkey(EmbeddedSettings())
    words = ["--bind", "127.0.0.1", "--port", str(port), "--aclfile", str(secrets / "valkey_acl"), "--save", ""]
    process = subprocess.Popen([str(program), *words], cwd=folder, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: not children.is_port_free(port), "Valkey answers")
        yield secrets
    finally:
        process.terminate()
        process.wait(30)


def test_with_the_deployed_list_of_users_the_api_cannot_write_any_message(
    trial: Trial, system: System, tmp_path: Path
) -> None:
    trial.of(17, "the same from the API's own account under deploy/valkey.acl: refused by Valkey itself")
    with guarded_valkey(tmp_path) as secrets:
        urls = {user: (secrets / f"valkey_{user}_url").read_text(encoding="ascii") for user in ("api", "engine")}
        with redis.Redis.from_url(urls["api"]) as api, redis.Redis.from_url(urls["engine"]) as engine:
            api.publish("nastavnik:poke", "1")
            queue = Queue(QUEUE, connection=api, serializer="json")
            for forged in (
                lambda: queue.enqueue("os.system", "true"),
                lambda: api.rpush(f"rq:queue:{QUEUE}", "forged"),
                lambda: api.hset("rq:job:forged", "data", b"[]"),
                lambda: api.eval("return redis.call('rpush', KEYS[1], '1')", 1, f"rq:queue:{QUEUE}"),
                lambda: api.publish("rq:pubsub:any", "{}"),
            ):
                with pytest.raises(redis.exceptions.NoPermissionError):
                    forged()
                trial.injected("forged message with the API's account")
            assert engine.llen(f"rq:queue:{QUEUE}") == 0
            assert engine.exists("rq:job:forged") == 0
    trial.verify(system)
