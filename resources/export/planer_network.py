"""A language model that Plumbline's PLANER trained or found, in plain PyTorch.

    plumbline-engine planer export S.plumb --name N --format safetensors -o n.safetensors

writes n.safetensors and n.architecture.json; this file, which needs torch alone, makes a network of them:

    from planer_network import load
    network = load("n.safetensors")                       # to(device, dtype) as any module
    state = network.begin(batch=1, length=64)             # rings for the memory; begun once
    log_probabilities = network.step(tokens, state)       # int64 [1, 64] -> float32 [1, 64, vocabulary]

`step` is what inference is for: keys and values of what was seen are projected once and lie in rings, so that
nothing that is there is copied. Its shapes stand, and without experts (which read on the host how many tokens
each has) it can be captured in a CUDA graph. `forward(tokens, memory)` takes segments of any length, gives
the memory back, and has gradients: what training needs. Both compute the same.
"""
import json
import math
import pathlib
import struct

import torch
from torch import nn
from torch.nn import functional as F

EPSILON = 1e-5


def option_of(name):
    """A slot's option as (kind, number, width): heads of an attention, experts a token uses; width of the
    inner layer, as a fraction of the backbone's."""
    words = name.split("-")
    if words[0] == "skip" and len(words) == 1:
        return "skip", 0, 1.0
    if words[0] == "attention" and len(words) == 2:
        return "attention", int(words[1]), 1.0
    widths = {"": 1.0, "half": 0.5, "double": 2.0}
    if words[:2] == ["feed", "forward"] and "-".join(words[2:]) in widths:
        return "feed_forward", 0, widths["-".join(words[2:])]
    if words[0] == "experts" and len(words) > 1 and "-".join(words[1:-1]) in widths:
        return "experts", int(words[-1]), widths["-".join(words[1:-1])]
    raise ValueError(f"there is no option {name!r}")


def parameter(*shape):
    return nn.Parameter(torch.empty(shape))


class Residual(nn.Module):
    """norm(x + change(x)), or x + change(norm(x)) where norms come first."""

    def __init__(self, config):
        super().__init__()
        self.norm = nn.LayerNorm(config["d_model"], EPSILON)
        self.norm_first = config["norm"] == "pre"

    def before(self, x):
        return self.norm(x) if self.norm_first else x

    def after(self, x, change):
        return x + change if self.norm_first else self.norm(x + change)


class Attention(Residual):
    def __init__(self, config, heads):
        super().__init__(config)
        self.heads, self.d_head = heads, config["d_head"]
        model, width = config["d_model"], heads * self.d_head
        for name in ("query", "key", "value"):
            self.register_parameter(name, parameter(width, model))
        self.output = parameter(model, width)
        biased = config["projection_biases"]
        for name in ("query", "key", "value"):
            self.register_parameter(name + "_bias", parameter(width) if biased else None)
        self.output_bias = parameter(model) if biased else None
        if config["positions"] == "relative":
            self.position = parameter(width, model)
            self.content_bias = parameter(heads, self.d_head)
            self.position_bias = parameter(heads, self.d_head)

    def by_head(self, x, name):
        """[batch, tokens, d_model], projected: [batch, heads, tokens, d_head]."""
        flat = F.linear(x, getattr(self, name), getattr(self, name + "_bias"))
        return flat.unflatten(2, (self.heads, self.d_head)).transpose(1, 2)

    def by_distance(self, distances):
        """[keys, d_model], projected and scaled as scores are: [heads, d_head, keys]."""
        projected = F.linear(distances, self.position).unflatten(1, (self.heads, self.d_head))
        return projected.permute(1, 2, 0) * self.d_head ** -0.5

    def relative_scores(self, query, by_distance):
        """[batch, heads, tokens, keys]: the part by distance (Dai et al. 2019), column j for key j. What lies after
        a token is meaningless and must be masked."""
        scores = (query + self.position_bias.unsqueeze(1)) @ by_distance
        batch, heads, length, keys = scores.shape
        return F.pad(scores, (1, 0)).view(batch, heads, keys + 1, length)[:, :, 1:].view(batch, heads, length, keys)

    def mixed(self, query, key, value, bias):
        """bias: what is added to the scaled scores."""
        together = F.scaled_dot_product_attention(query + self.content_bias.unsqueeze(1), key, value, attn_mask=bias)
        return self.put_together(together)

    def put_together(self, by_head):
        return F.linear(by_head.transpose(1, 2).flatten(2), self.output, self.output_bias)

    def forward(self, x, memory, distances, mask):
        """memory: [batch, remembered, d_model], what the slot saw before; mask: 0 or -inf, [tokens, keys]."""
        seen = self.before(torch.cat([memory, x], 1))
        query = self.by_head(self.before(x), "query")
        scores = self.relative_scores(query, self.by_distance(distances)) + mask
        return self.after(x, self.mixed(query, self.by_head(seen, "key"), self.by_head(seen, "value"), scores))

    def step(self, x, keys, values, by_distance, fresh, key_of, mask):
        """Keys and values stay where they were put: what goes by distance is turned, not they."""
        source = self.before(x)
        query = self.by_head(source, "query")
        keys.index_copy_(2, fresh, self.by_head(source, "key").detach())
        values.index_copy_(2, fresh, self.by_head(source, "value").detach())
        scores = self.relative_scores(query, by_distance).index_select(3, key_of) + mask
        return self.after(x, self.mixed(query, keys, values, scores))

    def alone(self, x):
        """With learned positions: no memory, no distances."""
        source = self.before(x)
        query, key, value = (self.by_head(source, name) for name in ("query", "key", "value"))
        return self.after(x, self.put_together(F.scaled_dot_product_attention(query, key, value, is_causal=True)))


def activated(x, activation):
    return F.gelu(x, approximate="tanh") if activation == "gelu" else F.relu(x)


class FeedForward(Residual):
    def __init__(self, config, inner):
        super().__init__(config)
        self.activation = config["activation"]
        model = config["d_model"]
        self.first, self.first_bias = parameter(inner, model), parameter(inner)
        self.second, self.second_bias = parameter(model, inner), parameter(model)

    def forward(self, x):
        inner = activated(F.linear(self.before(x), self.first, self.first_bias), self.activation)
        return self.after(x, F.linear(inner, self.second, self.second_bias))


class Experts(Residual):
    """Each token goes through the `top_k` experts that its gate finds likeliest (Fedus et al. 2022); none is
    dropped."""

    def __init__(self, config, inner, top_k):
        super().__init__(config)
        self.activation, self.top_k = config["activation"], top_k
        count, model = config["experts"], config["d_model"]
        self.gate = parameter(count, model)
        self.first, self.first_bias = parameter(count, model, inner), parameter(count, inner)
        self.second, self.second_bias = parameter(count, inner, model), parameter(count, model)

    def forward(self, x):
        tokens = self.before(x).flatten(0, 1)
        shares, choices = F.linear(tokens, self.gate).float().softmax(-1).topk(self.top_k, -1)
        if self.top_k > 1:
            shares = shares / shares.sum(1, True)
        shares = shares.to(x.dtype)
        change = torch.zeros_like(tokens)
        for expert in range(self.gate.size(0)):
            for place in range(self.top_k):
                rows = (choices[:, place] == expert).nonzero().squeeze(1)
                inner = activated(tokens[rows] @ self.first[expert] + self.first_bias[expert], self.activation)
                out = inner @ self.second[expert] + self.second_bias[expert]
                change = change.index_add(0, rows, out * shares[rows, place].unsqueeze(1))
        return self.after(x, change.view_as(x))


class Vectors(nn.Module):
    """Of a range of tokens: their vectors, a projection where those are narrower than the model, and biases of
    the softmax."""

    def __init__(self, weight=None, projection=None, bias=None):
        super().__init__()
        self.weight, self.projection, self.bias = weight, projection, bias


def ranges_of(config):
    """Ranges of tokens from the commonest to the rarest (Grave et al. 2017): first token, number, width of the
    vectors, whether they are projected."""
    width = config["d_embed"] or config["d_model"]
    ends = [0, *config["cutoffs"], config["vocabulary"]]
    for i, (first, end) in enumerate(zip(ends, ends[1:])):
        if i:
            width //= config["div_val"]
        yield first, end - first, width, width != config["d_model"] or config["div_val"] > 1


class Network(nn.Module):
    """`config` and `options` are those of NAME.architecture.json; parameters have the names of NAME.safetensors."""

    def __init__(self, config, options):
        super().__init__()
        if len(options) != 2 * config["layers"]:
            raise ValueError(f"{len(options)} options do not fit {config['layers']} layers of two slots")
        self.config, self.options = config, list(options)
        self.relative = config["positions"] == "relative"
        self.memory = config["evaluation"]["memory"] if self.relative else 0
        self.ranges = list(ranges_of(config))
        model = config["d_model"]

        def vectors(count, width, projected):
            return parameter(count, width), parameter(model, width) if projected else None

        self.embedding = nn.ModuleDict({str(i): Vectors(*vectors(*shape)) for i, (_, *shape) in enumerate(self.ranges)})
        self.softmax = nn.ModuleDict(
            {str(i): Vectors(*((None, None) if config["tied"] else vectors(*shape)), parameter(shape[0]))
             for i, (_, *shape) in enumerate(self.ranges)})
        if config["cutoffs"]:
            tails = len(config["cutoffs"])
            self.softmax.cluster_weight = parameter(tails, self.ranges[0][2])
            self.softmax.cluster_bias = parameter(tails)
        if not self.relative:
            self.positions = Vectors(parameter(config["train"]["length"], model))
        self.slots = nn.ModuleDict({str(i): nn.ModuleDict(self.slot(name)) for i, name in enumerate(options)})
        self.final_norm = nn.LayerNorm(model, EPSILON) if config["norm"] == "pre" else None
        half = torch.arange(model // 2, dtype=torch.float64)
        self.frequencies = (10000.0 ** (-2.0 * half / model)).float()

    def slot(self, name):
        kind, number, width = option_of(name)
        inner = int(self.config["d_inner"] * width)
        if kind == "attention":
            return {kind: Attention(self.config, number)}
        if kind == "feed_forward":
            return {kind: FeedForward(self.config, inner)}
        return {kind: Experts(self.config, inner, number)} if kind == "experts" else {}

    def layers(self):
        """Slots that hold anything, in their order."""
        for slot in self.slots.values():
            yield from slot.values()

    def attentions(self):
        return [layer for layer in self.layers() if isinstance(layer, Attention)]

    def embedded(self, tokens):
        x = 0
        for (first, count, _, projected), part in zip(self.ranges, self.embedding.values()):
            place = tokens - first
            own = F.embedding(place.clamp(0, count - 1), part.weight)
            if projected:
                own = F.linear(own, part.projection)
            x = x + own * ((place >= 0) & (place < count)).unsqueeze(-1).to(own.dtype)
        if self.relative:
            return x * math.sqrt(self.config["d_model"])
        return x + self.positions.weight[:tokens.size(1)]

    def log_probabilities(self, x):
        if self.final_norm is not None:
            x = self.final_norm(x)
        tables = self.embedding if self.config["tied"] else self.softmax

        def logits(i, weight, bias):
            own = tables[str(i)].projection
            return F.linear(x if own is None else x @ own, weight, bias).float()

        weight, bias = tables["0"].weight, self.softmax["0"].bias
        if len(self.ranges) == 1:
            return logits(0, weight, bias).log_softmax(-1)
        head = logits(0, torch.cat([weight, self.softmax.cluster_weight]),
                      torch.cat([bias, self.softmax.cluster_bias])).log_softmax(-1)
        parts = [head[..., :self.ranges[0][1]]]
        for i in range(1, len(self.ranges)):
            # Transformer-XL counts the rarer ranges from the end.
            tail = logits(i, tables[str(i)].weight, self.softmax[str(i)].bias).log_softmax(-1)
            parts.append(tail + head[..., head.size(-1) - i].unsqueeze(-1))
        return torch.cat(parts, -1)

    def distances(self, keys, like):
        """Sinusoids of the distances keys - 1 ... 0: [keys, d_model]."""
        distance = torch.arange(keys - 1, -1, -1, dtype=torch.float32, device=like.device)
        if self.config["clamp"] > 0:
            distance = distance.clamp(max=self.config["clamp"])
        angle = distance.unsqueeze(1) * self.frequencies.to(like.device).unsqueeze(0)
        return torch.cat([angle.sin(), angle.cos()], 1).to(like.dtype)

    def mask(self, length, key, remembered, like):
        """[length, keys]: 0 where a token looks, -inf where not. `key`: which key each column is, counted from the
        oldest of `memory` + length; `remembered`: how many of the memory there are."""
        row = torch.arange(length, device=like.device).unsqueeze(1)
        key = key.unsqueeze(0)
        hidden = (key > row + self.memory) | (key < self.memory - remembered)
        if self.config["same_length"]:
            hidden = hidden | (key <= row + self.memory - max(self.memory, 1))
        return torch.zeros(hidden.shape, dtype=like.dtype, device=like.device).masked_fill(hidden, -math.inf)

    def forward(self, tokens, memory=()):
        """tokens: int64 [batch, length]; memory: what this gave for the segment before. Returns log-probabilities,
        float32 [batch, length, vocabulary], and the memory: of every attention [batch, at most
        evaluation.memory, d_model]. There is no dropout."""
        x = self.embedded(tokens)
        length = tokens.size(1)
        if not memory:
            memory = [x[:, :0]] * len(self.attentions())
        remembered = memory[0].size(1) if memory else 0
        if self.relative:
            distances = self.distances(remembered + length, x)
            key = torch.arange(self.memory - remembered, self.memory + length, device=x.device)
            mask = self.mask(length, key, remembered, x)
        before, kept = iter(memory), []
        for layer in self.layers():
            if not isinstance(layer, Attention):
                x = layer(x)
                continue
            own = next(before)
            seen = torch.cat([own, x.detach()], 1)
            kept.append(seen[:, max(0, seen.size(1) - self.memory):])
            x = layer(x, own, distances, mask) if self.relative else layer.alone(x)
        return self.log_probabilities(x), kept

    @torch.no_grad()
    def begin(self, batch, length):
        """Rings for `batch` texts that are read in segments of `length` tokens: the number of tokens so far, and of
        every attention its keys, its values and the projected distances."""
        like = self.embedding["0"].weight
        state = [torch.zeros(1, dtype=torch.int64, device=like.device)]
        if not self.relative:
            return state
        keys = self.memory + length
        distances = self.distances(keys, like)
        for layer in self.attentions():
            shape = (batch, layer.heads, keys, layer.d_head)
            state += [like.new_zeros(shape), like.new_zeros(shape), layer.by_distance(distances).contiguous()]
        return state

    def step(self, tokens, state):
        """The log-probabilities after a segment; the state, which `begin` made, is renewed in place."""
        x = self.embedded(tokens)
        length, seen = tokens.size(1), state[0]
        if self.relative and len(state) > 1:
            keys = state[1].size(2)
            if length != keys - self.memory:
                raise ValueError(f"the state was begun for segments of another length than {length}")
            fresh = (torch.arange(self.memory, keys, device=x.device) + seen) % keys
            key_of = (torch.arange(keys, device=x.device) - seen) % keys
            mask = self.mask(length, key_of, seen, x)
        place = 1
        for layer in self.layers():
            if not isinstance(layer, Attention):
                x = layer(x)
            elif self.relative:
                x = layer.step(x, *state[place:place + 3], fresh, key_of, mask)
                place += 3
            else:
                x = layer.alone(x)
        seen.add_(length)
        return self.log_probabilities(x)


DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def read_safetensors(path):
    """{name: tensor} of a file of the safetensors format: a header in JSON behind its length, then bytes."""
    data = bytearray(pathlib.Path(path).read_bytes())
    size, = struct.unpack_from("<Q", data)
    header = json.loads(bytes(data[8:8 + size]))
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        dtype = DTYPES[entry["dtype"]]
        own = torch.frombuffer(data[begin:end], dtype=dtype) if end > begin else torch.empty(0, dtype=dtype)
        tensors[name] = own.reshape(entry["shape"])
    return tensors


def load(weights, architecture=None):
    """The network of an export; `architecture`: its JSON, if it does not lie beside the weights."""
    weights = pathlib.Path(weights)
    document = json.loads(pathlib.Path(architecture or weights.with_suffix(".architecture.json")).read_text())
    network = Network(document["config"], document["options"])
    network.load_state_dict(read_safetensors(weights), strict=True)
    return network.eval()
