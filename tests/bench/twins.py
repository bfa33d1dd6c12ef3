#!/usr/bin/python3
"""twins.py numpy|torch: seconds that one thread takes for a full evaluation of 784-100-10 on 60,000 samples."""
import statistics
import sys
import time


def with_numpy():
    import numpy

    rng = numpy.random.default_rng(1)
    inputs = (rng.random((784, 60000), dtype=numpy.float32) < 0.19) * rng.random((784, 60000), dtype=numpy.float32)
    first = rng.normal(0, 0.05, (100, 784)).astype(numpy.float32)
    last = rng.normal(0, 0.05, (10, 100)).astype(numpy.float32)
    labels = rng.integers(0, 10, 60000)

    def loss():
        z = last @ numpy.maximum(first @ inputs, 0)
        e = numpy.exp(z - z.max(axis=0))
        e /= e.sum(axis=0)
        e[labels, numpy.arange(60000)] -= 1
        return (e * e).sum() / 60000

    return loss


def with_torch():
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(1)
    inputs = (torch.rand(784, 60000) < 0.19) * torch.rand(784, 60000)
    first, last = 0.05 * torch.randn(100, 784), 0.05 * torch.randn(10, 100)
    answers = torch.nn.functional.one_hot(torch.randint(10, (60000,)), 10).T.float()
    return lambda: ((torch.softmax(last @ torch.relu(first @ inputs), 0) - answers) ** 2).sum() / 60000


def main():
    loss = {"numpy": with_numpy, "torch": with_torch}[sys.argv[1]]()
    times = []
    for _ in range(7):
        begin = time.process_time()
        loss()
        times.append(time.process_time() - begin)
    print(statistics.median(times))


if __name__ == "__main__":
    main()
