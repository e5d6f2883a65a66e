"""A language model's TorchScript in another program, against the loss that the engine states."""
import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

import torch

ENGINE = os.environ["PLUMBLINE_ENGINE"]
# So many segments a lane are judged that there are all sixteen lanes.
LENGTH, LANES, SEGMENTS = 16, 16, 4
torch.set_num_threads(2)


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

    def loss_of(self, name, config, options=None):
        """Trains, exports, and compares the mean loss of the validation part's beginning."""
        study, script = self.folder / "s.plumb", self.folder / f"{name}.pt"
        (self.folder / "c.json").write_text(json.dumps(config))
        words = ["train", study, "--config", self.folder / "c.json", "--text", self.folder / "text.txt",
                 "--name", name, "--steps", 150, "--batch", 4]
        if options:
            (self.folder / "a.json").write_text(json.dumps({"options": options}))
            words += ["--architecture", self.folder / "a.json"]
        engine(*words)
        engine("export", study, "--name", name, "--format", "torchscript", "-o", script)
        stated = json.loads(engine("evaluate", study, "--name", name, "--validation-tokens", SEGMENTS * LANES * LENGTH,
                                   "--device", "cpu", "--json"))
        self.assertEqual(stated["tokens"], SEGMENTS * LANES * LENGTH)

        # What is judged begins after the first 90 % of the text; its sixteen lanes follow each other.
        first, lane = int(0.9 * len(self.text) + 0.5), SEGMENTS * LENGTH
        tokens = torch.tensor(list(self.text[first:first + LANES * lane + 1]))
        inputs, targets = tokens[:LANES * lane].view(LANES, lane), tokens[1:LANES * lane + 1].view(LANES, lane)
        network = torch.jit.load(script)
        memory, losses = [], []
        with torch.no_grad():
            for segment in range(SEGMENTS):
                part = slice(segment * LENGTH, (segment + 1) * LENGTH)
                likely, memory = network(inputs[:, part], memory)
                torch.testing.assert_close(likely.exp().sum(-1), torch.ones(LANES, LENGTH), rtol=1e-4, atol=1e-4)
                losses.append(-likely.gather(2, targets[:, part].unsqueeze(2)).squeeze(2))
            forgetful = -network(inputs[:, part], [])[0].gather(2, targets[:, part].unsqueeze(2)).squeeze(2)
        self.assertLess(abs(torch.cat(losses, 1).double().mean().item() - stated["validation_loss"]), 1e-4)
        return (forgetful - losses[-1]).abs().max().item()

    def test_transformer_xl_with_its_memory(self):
        # Memory counts: without it the last segment's losses are others.
        self.assertGreater(self.loss_of("xl", self.config), 1e-3)

    def test_a_network_of_every_kind_of_option(self):
        self.loss_of("mixed", self.config, ["attention-2", "experts-2", "skip", "experts-1"])

    def test_gpt2(self):
        self.loss_of("gpt", self.config | {"positions": "learned", "norm": "pre", "activation": "gelu",
                                           "projection_biases": True, "train": {"length": LENGTH}})


if __name__ == "__main__":
    unittest.main(verbosity=1)
