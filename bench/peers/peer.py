"""One peer, kept warm: reads a line on stdin, runs once, answers one JSON line on stdout.

    python peer.py <peer module> <config.json>

A peer module has prepare(config), which returns a function that runs once and returns its figures,
and may have check(state), which is not timed.
"""
import importlib
import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
# Answers go to the real stdout; whatever a library prints goes to stderr.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def say(document):
    answers.write(json.dumps(document) + "\n")
    answers.flush()


def main():
    module = importlib.import_module(sys.argv[1])
    with open(sys.argv[2]) as file:
        config = json.load(file)
    run, figures = module.prepare(config)
    say({"ready": True})
    for _ in sys.stdin:
        start = time.perf_counter()
        state = run()
        seconds = time.perf_counter() - start
        say({"seconds": seconds, **figures(state)})


main()
