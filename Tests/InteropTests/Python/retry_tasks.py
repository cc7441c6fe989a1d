"""The Python side of the retries' twins: each task here has a Swift task of the same name in Tests/TestWorker.

A run that is a retry stays, unless its task is to go on: the message that was published for it can then be taken from the
queue as it is, when the worker is killed. All are acknowledged late.
"""
import datetime
import time

from tasks import Broken, app

SOON = 25
# Between runs that all happen: the state of one is told before that of the next.
MOMENT = 0.4


def task(**options):
    def wrap(function):
        return app.task(
            name="twin.retry." + function.__name__, bind=True, acks_late=True, default_retry_delay=SOON, **options
        )(function)

    return wrap


def stay(self):
    """Keeps the message of a retry unsettled until the worker is killed."""
    if self.request.retries:
        time.sleep(3600)


def cause():
    return ValueError("bad", 3)


@task()
def plain(self, *args):
    stay(self)
    raise self.retry()


@task()
def countdown(self, seconds, x=None):
    stay(self)
    raise self.retry(countdown=seconds)


@task()
def at(self, moment):
    stay(self)
    raise self.retry(eta=moment)


@task()
def at_in(self, seconds):
    stay(self)
    raise self.retry(eta=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds))


@task()
def because(self):
    stay(self)
    raise self.retry(exc=cause())


@task()
def because_caught(self):
    stay(self)
    try:
        raise Broken("it broke", {"code": 7})
    except Broken as error:
        raise self.retry(exc=error, countdown=0)


@task()
def other_arguments(self, first, second="b"):
    stay(self)
    raise self.retry(args=(7, "ä"), kwargs={})


@task()
def other_positional(self, first, second="b"):
    stay(self)
    raise self.retry(args=(7,))


@task()
def other_keywords(self, first, second="b"):
    stay(self)
    raise self.retry(kwargs={"second": ["ü", None]})


@task()
def options(self, queue):
    stay(self)
    raise self.retry(queue=queue, priority=7, expires=90, time_limit=60, soft_time_limit=55.5)


@task()
def exhausted(self, x, y=None):
    raise self.retry(countdown=0, max_retries=0)


@task()
def exhausted_because(self):
    raise self.retry(countdown=0, max_retries=0, exc=cause())


@task(max_retries=2)
def to_the_end(self):
    raise self.retry(countdown=MOMENT, exc=cause())


@task(max_retries=2)
def in_the_end(self):
    if self.request.retries < 2:
        raise self.retry(countdown=MOMENT, exc=cause())
    return [self.request.retries, self.request.id]


@task(max_retries=None)
def unlimited(self):
    if self.request.retries < 7:
        raise self.retry(countdown=MOMENT)
    return self.request.retries


@task(max_retries=1)
def more_than_its_limit(self):
    if self.request.retries < 3:
        raise self.retry(countdown=MOMENT, max_retries=3)
    return self.request.retries


@task(autoretry_for=(OSError,), dont_autoretry_for=(FileNotFoundError,), retry_backoff=3, retry_jitter=False)
def automatic(self, kind):
    stay(self)
    raise {"connection": ConnectionError, "missing": FileNotFoundError, "value": ValueError}[kind]("oops")


@task(autoretry_for=(Exception,), max_retries=1, retry_kwargs={"countdown": MOMENT})
def automatic_to_the_end(self):
    raise cause()


@task(autoretry_for=(Exception,), max_retries=5, retry_backoff=2, retry_backoff_max=3, retry_jitter=False)
def backoff(self):
    if self.request.retries < 1:
        raise cause()
    stay(self)


@task(autoretry_for=(Exception,), retry_kwargs={"countdown": MOMENT}, max_retries=1)
def arguments_that_do_not_fit(self, x):
    return x


@task(ignore_result=True)
def ignored(self):
    stay(self)
    raise self.retry()


@task(ignore_result=True, store_errors_even_if_ignored=True)
def ignored_but_told(self):
    stay(self)
    raise self.retry()


@task(track_started=True)
def tracked(self):
    stay(self)
    raise self.retry()


@task()
def after_progress(self):
    stay(self)
    self.update_state(state="PROGRESS", meta={"step": 1})
    raise self.retry(exc=cause())
