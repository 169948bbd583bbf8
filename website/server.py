from contextlib import contextmanager
from multiprocessing import Process


@contextmanager
def serving(serve):
    worker = Process(target=serve)
    worker.start()
    yield worker
    worker.terminate()
