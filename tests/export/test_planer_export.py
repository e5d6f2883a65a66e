"""A language model in another program, as TorchScript and as the plain definition of resources/export, against
the loss that the engine states; and how long both take beside the engine."""
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "resources" / "export"))
import planer_network  # noqa: E402

ENGINE = os.environ["PLUMBLINE_ENGINE"]
# So many segments a lane are judged that there are all sixteen lanes.
LENGTH, LANES, SEGMENTS = 16, 16, 4
torch.set_num_threads(2)


def milliseconds(work, repeats=30):
    """Median of a repetition, after three of warming up."""
    times = []
    for _ in range(repeats + 3):
        begin = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - begin))
    return statistics.median(times[3:])


def engine(*arguments):
    done = subprocess.run([ENGINE, "planer", *map(str, arguments), "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestPlanerExport(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        chance = random.Random(4)
        words = ["river", "stone", "and", "light", "wind", "over", "hill", "the", "rain\n"]
        cls.text = " ".join(chance.choice(words) for _ in range(12000)).encode()
        (cls.folder / "text.txt").write_bytes(cls.text)
        cls.config = {"layers": 2, "d_model": 32, "heads": 8, "d_head": 4, "d_inner": 64, "experts": 4,
                      "train": {"length": LENGTH, "memory": LENGTH}}

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def exported(self, name, config, options, steps):
        """Trains a network; returns study, TorchScript and the definition with its weights."""
        study, script = self.folder / "s.plumb", self.folder / f"{name}.pt"
        (self.folder / "c.json").write_text(json.dumps(config))
        words = ["train", study, "--config", self.folder / "c.json", "--text", self.folder / "text.txt",
                 "--name", name, "--steps", steps, "--batch", 4]
        if options:
            (self.folder / "a.json").write_text(json.dumps({"options": options}))
            words += ["--architecture", self.folder / "a.json"]
        engine(*words)
        engine("export", study, "--name", name, "--format", "torchscript", "-o", script)
        weights = self.folder / f"{name}.safetensors"
        engine("export", study, "--name", name, "--format", "safetensors", "-o", weights)
        return study, torch.jit.load(script), planer_network.load(weights)

    def loss_of(self, name, config, options=None):
        """Trains, exports, and compares the mean loss of the validation part's beginning."""
        study, script, plain = self.exported(name, config, options, 150)
        stated = json.loads(engine("evaluate", study, "--name", name, "--validation-tokens", SEGMENTS * LANES * LENGTH,
                                   "--device", "cpu", "--json"))
        self.assertEqual(stated["tokens"], SEGMENTS * LANES * LENGTH)

        # What is judged begins after the first 90 % of the text; its sixteen lanes follow each other.
        first, lane = int(0.9 * len(self.text) + 0.5), SEGMENTS * LENGTH
        tokens = torch.tensor(list(self.text[first:first + LANES * lane + 1]))
        inputs, targets = tokens[:LANES * lane].view(LANES, lane), tokens[1:LANES * lane + 1].view(LANES, lane)
        network, memory, losses = script, [], []
        with torch.no_grad():
            state, plain_memory, plain_state = script.begin(LANES, LENGTH), [], plain.begin(LANES, LENGTH)
            for segment in range(SEGMENTS):
                part = slice(segment * LENGTH, (segment + 1) * LENGTH)
                likely, memory = network(inputs[:, part], memory)
                torch.testing.assert_close(likely.exp().sum(-1), torch.ones(LANES, LENGTH), rtol=1e-4, atol=1e-4)
                # With rings, from the first segment on, and by the plain definition.
                also, plain_memory = plain(inputs[:, part], plain_memory)
                for other in (script.step(inputs[:, part], state), also, plain.step(inputs[:, part], plain_state)):
                    torch.testing.assert_close(other, likely, rtol=1e-4, atol=1e-4)
                losses.append(-likely.gather(2, targets[:, part].unsqueeze(2)).squeeze(2))
            forgetful = -network(inputs[:, part], [])[0].gather(2, targets[:, part].unsqueeze(2)).squeeze(2)
        self.assertLess(abs(torch.cat(losses, 1).double().mean().item() - stated["validation_loss"]), 1e-4)
        return (forgetful - losses[-1]).abs().max().item()

    def test_transformer_xl_with_its_memory(self):
        # Memory counts: without it the last segment's losses are others.
        self.assertGreater(self.loss_of("xl", self.config), 1e-3)

    def test_a_network_of_every_kind_of_option(self):
        self.loss_of("mixed", self.config, ["attention-2", "experts-2", "skip", "experts-1"])

    def test_options_of_other_widths(self):
        self.loss_of("widths", self.config, ["feed-forward-double", "experts-half-2", "attention-4", "experts-half-1"])
        self.loss_of("narrow", self.config, ["attention-1", "feed-forward-half", "attention-8", "feed-forward"])

    def test_words_by_frequency(self):
        self.loss_of("words", self.config | {"cutoffs": [64, 128], "div_val": 2, "tied": False})

    def test_memory_of_the_same_length(self):
        # A memory of no whole segments, and distances that end before it does.
        self.loss_of("same", self.config | {"same_length": True, "clamp": 20,
                                            "evaluation": {"length": LENGTH, "memory": LENGTH + 5}})

    def test_wrong_files_are_named(self):
        study, script, plain = self.exported("wrong", self.config, None, 1)
        with self.assertRaisesRegex(torch.jit.Error, "segments of another length"):
            script.step(torch.zeros(1, 3, dtype=torch.int64), script.begin(1, LENGTH))
        with self.assertRaisesRegex(ValueError, "segments of another length than 3"):
            plain.step(torch.zeros(1, 3, dtype=torch.int64), plain.begin(1, LENGTH))
        with self.assertRaisesRegex(ValueError, "there is no option 'convolution'"):
            planer_network.Network(plain.config, ["convolution", "skip", "skip", "skip"])
        with self.assertRaisesRegex(ValueError, "3 options do not fit 2 layers"):
            planer_network.Network(plain.config, ["skip", "skip", "skip"])
        # An architecture that is not the weights'.
        beside = self.folder / "other.json"
        beside.write_text(json.dumps({"config": plain.config, "options": ["skip", "feed-forward"] * 2}))
        with self.assertRaisesRegex(RuntimeError, "slots.0.attention"):
            planer_network.load(self.folder / "wrong.safetensors", beside)

    def test_time_beside_the_engine(self):
        """No time is asserted; but the rings must not compute anything else when the memory is full."""
        config = self.config | {"layers": 4, "d_model": 128, "d_head": 16, "d_inner": 512,
                                "train": {"length": 64, "memory": 64}, "evaluation": {"length": 64, "memory": 640}}
        options = ["attention-8", "feed-forward", "skip", "feed-forward-half", "attention-4", "feed-forward-double",
                   "attention-2", "skip"]
        study, script, plain = self.exported("timed", config, options, 1)
        stated = json.loads(engine("evaluate", study, "--name", "timed", "--validation-tokens", 256, "--device", "cpu",
                                   "--json"))
        tokens = torch.tensor(list(self.text[:64 * 12])).view(1, 12, 64)
        with torch.no_grad():
            state, plain_state, memory = script.begin(1, 64), plain.begin(1, 64), []
            for segment in tokens.unbind(1):
                likely, memory = script(segment, memory)
                for other in (script.step(segment, state), plain.step(segment, plain_state)):
                    torch.testing.assert_close(other, likely, rtol=1e-4, atol=1e-4)
            last = tokens[:, -1]
            times = {"TorchScript with rings": milliseconds(lambda: script.step(last, state)),
                     "TorchScript with its memory projected anew": milliseconds(lambda: script(last, memory)),
                     "the plain definition with rings": milliseconds(lambda: plain.step(last, plain_state))}
        print(f"\n64 tokens after 640, two threads: the engine {stated['latency_ms']:.2f} ms; "
              + "; ".join(f"{name} {ms:.2f} ms" for name, ms in times.items()), file=sys.stderr)

    def test_gpt2(self):
        self.loss_of("gpt", self.config | {"positions": "learned", "norm": "pre", "activation": "gelu",
                                           "projection_biases": True, "train": {"length": LENGTH}})


if __name__ == "__main__":
    unittest.main(verbosity=1)
