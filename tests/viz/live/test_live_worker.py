"""The worker: jobs done beside whoever asks for them."""

import threading
import time

import pytest

from viz.live.worker.worker import Worker


def answers_of(worker, count):
    found = []
    end = time.monotonic() + 10
    while len(found) < count and time.monotonic() < end:
        found += list(worker.answers())
        time.sleep(0.001)
    return found


def test_jobs_are_answered_under_their_names():
    worker = Worker()
    worker.ask("one", lambda: 1)
    worker.ask("two", lambda: 2)
    assert dict(answers_of(worker, 2)) == {"one": 1, "two": 2}
    worker.close()


def test_a_job_that_has_not_begun_is_replaced_by_the_next_of_its_name():
    worker, go, done = Worker(), threading.Event(), []
    worker.ask("long", lambda: go.wait(10))
    while worker.doing != "long":
        time.sleep(0.001)
    for number in range(5):
        worker.ask("shown", lambda number=number: done.append(number))
    go.set()
    answers_of(worker, 2)
    assert done == [4]
    worker.close()


def test_asking_never_waits():
    worker, go = Worker(), threading.Event()
    worker.ask("long", lambda: go.wait(10))
    assert list(worker.answers()) == []
    assert worker.is_busy("long")
    go.set()
    answers_of(worker, 1)
    assert not worker.is_busy("long")
    worker.close()


def test_an_error_comes_back_to_who_asked():
    worker = Worker()

    def fail():
        raise ValueError("no such agent")

    worker.ask("job", fail)
    with pytest.raises(ValueError, match="no such agent"):
        answers_of(worker, 1)
    worker.close()


def test_at_once_all_is_done_in_order_by_the_same_thread():
    worker, threads = Worker(at_once=True), []
    for number in range(3):
        worker.ask("job", lambda number=number: threads.append(threading.current_thread()) or number)
    assert list(worker.answers()) == [("job", 0), ("job", 1), ("job", 2)]
    assert set(threads) == {threading.current_thread()}


@pytest.mark.parametrize("at_once", [True, False])
def test_the_last_job_is_done_where_all_others_were(at_once):
    worker, threads = Worker(at_once=at_once), []
    worker.ask("job", lambda: threads.append(threading.current_thread()))
    answers_of(worker, 1)
    worker.close(lambda: threads.append(threading.current_thread()))
    assert len(set(threads)) == 1
    assert len(threads) == 2
