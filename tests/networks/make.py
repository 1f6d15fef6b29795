"""Small networks for tests/measure.rs, and their metrics by a second route: definitions only, samples one by one.

`python3 tests/networks/make.py` (NumPy) writes the networks and `expected.json` beside itself. Nothing here comes from
tightframe: gradients are sums over samples, pseudo-inverses and singular values are NumPy's.
"""

import json
import pathlib
import struct

import numpy as np

HERE = pathlib.Path(__file__).parent


def factors(counts, widths, lam, keep, seed):
    """A critical point of 1/(2N)|W..H - Y|^2 + penalties without bias: modes of the kept classes, others zero."""
    rng = np.random.default_rng(seed)
    K, M, N = len(counts), len(widths), sum(counts)
    L = np.prod(lam) ** (1 / (M + 1))
    sizes = np.zeros(K)
    for k in keep:
        y = np.sqrt(counts[k])
        slope = lambda s: (s - y) / N + L * s ** (2 / (M + 1) - 1)
        lo, hi = y / 2 if M > 1 else 0.0, y
        for _ in range(200):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if slope(mid) < 0 else (lo, mid)
        sizes[k] = lo
    sigma = [np.sqrt(L * sizes ** (2 / (M + 1)) / l) for l in lam]
    live = [k for k in range(K) if sizes[k] > 0]
    frames = [np.linalg.qr(rng.standard_normal((d, d)))[0][:, : len(live)] for d in widths] + [np.eye(K)[:, live]]
    layers = [(frames[l + 1] * sigma[l][live]) @ frames[l].T for l in range(M)]
    means = np.zeros((widths[0], K))
    means[:, live] = frames[0] * (sigma[M][live] / np.sqrt(np.array(counts)[live]))
    labels = np.repeat(np.arange(K), counts)
    return means[:, labels], labels, layers, None


def noisy(net, size, seed, bias=False):
    H, y, W, b = net
    rng = np.random.default_rng(seed)
    W = [w + size * rng.standard_normal(w.shape) for w in W]
    return H + size * rng.standard_normal(H.shape), y, W, (rng.standard_normal(W[-1].shape[0]) if bias else b)


def shuffled(net, seed):
    H, y, W, b = net
    order = np.random.default_rng(seed).permutation(len(y))
    return H[:, order], y[order], W, b


def descended(counts, widths, lam, loss, bias, seed, steps, size=1.0):
    """Plain gradient descent on samples."""
    rng = np.random.default_rng(seed)
    K, y = len(counts), np.repeat(np.arange(len(counts)), counts)
    dims = list(widths) + [K]
    H = size * rng.standard_normal((dims[0], len(y)))
    W = [size * rng.standard_normal((dims[l + 1], dims[l])) / np.sqrt(dims[l]) for l in range(len(widths))]
    b = np.zeros(K)
    for _ in range(steps):
        _, R = residual(H, y, W, b, loss)
        acts, back = forward(H, W), [R]
        for w in reversed(W):
            back.append(w.T @ back[-1])
        back.reverse()
        step = 0.1
        W = [w - step * (back[l + 1] @ acts[l].T + lam[l] * w) for l, w in enumerate(W)]
        H = H - step * len(y) / K * (back[0] + lam[-1] * H) / 4
        b = b - step * R.sum(1) if bias else b
    return H, y, W, (b if bias else None)


def forward(H, W):
    acts = [H]
    for w in W:
        acts.append(w @ acts[-1])
    return acts


def residual(H, y, W, b, loss):
    Z = forward(H, W)[-1] + (0 if b is None else b[:, None])
    N, Y = len(y), np.eye(Z.shape[0])[:, y]
    if loss == "mse":
        return np.sum((Z - Y) ** 2) / (2 * N), (Z - Y) / N
    Z = Z - Z.max(0)
    P = np.exp(Z) / np.exp(Z).sum(0)
    return -np.mean(np.log(np.exp(Z).sum(0)) * -1 + Z[y, np.arange(N)]), (P - Y) / N


def against(X, G):
    return np.linalg.norm(X / np.linalg.norm(X) - G / np.linalg.norm(G))


def metrics(net, loss):
    H, y, W, b = net
    K, N, M = W[-1].shape[0], len(y), len(W)
    counts = np.bincount(y, minlength=K)
    value, R = residual(H, y, W, b, loss)
    Z = forward(H, W)[-1] + (0 if b is None else b[:, None])
    out = {"counts": counts.tolist(), "samples": N, "d": H.shape[0], "loss": value}
    grams = {"etf": np.eye(K) - 1 / K, "identity": np.eye(K)}
    acts, out["layers"] = forward(H, W), []
    for m in range(M):
        X = acts[m]
        mean = np.stack([X[:, y == k].mean(1) for k in range(K)], 1)
        C = mean - X.mean(1)[:, None]
        Sw = sum(np.outer(X[:, i] - mean[:, y[i]], X[:, i] - mean[:, y[i]]) for i in range(N)) / N
        Sb = C @ C.T / K
        A = np.linalg.multi_dot([*reversed(W[m:])]) if M - m > 1 else W[m]
        layer = {"nc1_pinv": np.trace(Sw @ np.linalg.pinv(Sb, rcond=1e-10, hermitian=True)) / K,
                 "nc1_rank": int((np.linalg.eigvalsh(Sb) > 1e-10 * np.linalg.eigvalsh(Sb).max()).sum()),
                 "nc1_traces": np.trace(Sw) / np.trace(Sb),
                 "nc3_self_duality_centred": against(A, C.T),
                 "nc3_etf_logits_centred": against(A @ C, grams["etf"]),
                 "nc3_identity_logits": against(A @ mean, grams["identity"])}
        for name, G in grams.items():
            layer[f"nc2_{name}_features"] = against(mean.T @ mean, G)
            layer[f"nc2_{name}_features_centred"] = against(C.T @ C, G)
            layer[f"nc2_{name}_product"] = against(A @ A.T, G)
        if m == 0:
            out |= {key: layer[key] for key in ("nc1_pinv", "nc1_rank", "nc1_traces", "nc3_self_duality_centred")}
            out["feature_norms"] = np.linalg.norm(mean, axis=0).tolist()
            out["feature_norms_centred"] = np.linalg.norm(C, axis=0).tolist()
            near = ((X[:, None, :] - mean[:, :, None]) ** 2).sum(0).argmin(0)
            out["accuracy"] = float(np.mean(Z.argmax(0) == y))
            out["nc4_agreement"] = float(np.mean(Z.argmax(0) == near))
            for name, G in grams.items():
                out[f"nc2_{name}"] = {"classifier": against(W[-1] @ W[-1].T, G), "product": against(A @ A.T, G),
                                      "features": against(mean.T @ mean, G),
                                      "features_centred": against(C.T @ C, G)}
        out["layers"].append(layer)
    out["classifier_norms"] = np.linalg.norm(W[-1], axis=1).tolist()
    out["singular_values"] = {f"W_{l + 1}": np.linalg.svd(w)[1].tolist() for l, w in enumerate(W)}
    out["singular_values"]["H"] = np.linalg.svd(H, compute_uv=False).tolist()
    back = [R]
    for w in reversed(W):
        back.append(w.T @ back[-1])
    back.reverse()
    grads = [back[l + 1] @ acts[l].T for l in range(M)]
    cosine = lambda g, x: -np.sum(g * x) / np.linalg.norm(g) / np.linalg.norm(x)
    out["e"] = e = -np.sum(grads[-1] * W[-1])
    hat = [e / np.sum(w**2) for w in W]
    out["lambda_hat"], out["lambda_H_hat"] = hat, e / np.sum(H**2)
    out["lambda_H_hat_centred"] = e / np.sum((H - H.mean(1)[:, None]) ** 2)
    out["stationarity_cosine"] = [cosine(g, w) for g, w in zip(grads, W)]
    out["stationarity_cosine_H"] = cosine(back[0], H)
    pairs = [(hat[l + 1] * W[l + 1].T @ W[l + 1], hat[l] * W[l] @ W[l].T) for l in range(M - 1)]
    if (found := paper(net, loss)) is not None:
        out["paper"] = found
    out["balance"] = [np.linalg.norm(a - c) / max(np.linalg.norm(a), np.linalg.norm(c)) for a, c in pairs]
    return out


def paper(net, loss):
    """The founding paper's metrics against the frame that balanced classes have; none where they are not balanced."""
    H, y, W, b = net
    K, M = W[-1].shape[0], len(W)
    if len(set(np.bincount(y, minlength=K))) > 1:
        return None
    centred = b is not None or loss == "ce"
    G = np.eye(K) - (1 / K if centred else 0)
    layers, acts = [], forward(H, W)
    for m in range(M):
        mean = np.stack([acts[m][:, y == k].mean(1) for k in range(K)], 1)
        C = mean - acts[m].mean(1)[:, None]
        X = C if centred else mean
        A = W[m]
        for w in W[m + 1:]:
            A = w @ A
        D = acts[m] - mean[:, y]
        layers.append({"layer": m + 1, "NC1": np.trace(D @ D.T / len(y) @ np.linalg.pinv(C @ C.T / K, rcond=1e-10, hermitian=True)) / K,
                       "NC2_W": against(A @ A.T, G), "NC2_H": against(X.T @ X, G), "NC3_W": against(A, X.T)})
    return {"frame": "simplex" if centred else "identity", "NC3": against(A @ X, G), "layers": layers}


def tensors(net):
    H, y, W, b = net
    found = {"features": H, "labels": y, **{f"W.{l}": w for l, w in enumerate(W)}}
    return found | ({} if b is None else {"b": b})


def safetensors(path, named):
    """Arrays, or pairs of a type's name and bytes with a shape."""
    header, data = {}, b""
    types = {"<f8": "F64", "<f4": "F32", "<f2": "F16", "<i8": "I64", "|u1": "U8", "<i4": "I32"}
    for name, x in named.items():
        kind, shape, raw = x if isinstance(x, tuple) else (types[x.dtype.str], x.shape, np.ascontiguousarray(x).tobytes())
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(head)) + head + data)


def bf16(x):
    """The upper halves of floats that have nothing below."""
    return ("BF16", x.shape, (np.ascontiguousarray(x, "<f4").view("<u4") >> 16).astype("<u2").tobytes())


def networks():
    lam = {1: [0.03, 0.02], 2: [0.01, 0.02, 0.005], 3: [0.004, 0.003, 0.005, 0.004]}
    yield "balanced", "mse", factors([4] * 3, [5], lam[1], range(3), 1)
    yield "unbalanced", "mse", factors([8, 5, 3], [6, 5], lam[2], range(3), 2)
    yield "deep", "mse", factors([6, 4, 5], [5, 4, 6], lam[3], range(3), 3)
    yield "lost-class", "mse", factors([6, 5, 4], [5, 5], lam[2], [0, 1], 4)
    yield "lost-two", "mse", factors([6, 5, 4, 4], [5, 5], lam[2], [0, 1], 5)
    yield "narrow", "mse", factors([6, 5, 4], [5, 2], lam[2], [0, 1], 6)
    yield "off", "mse", shuffled(noisy(factors([8, 5, 3], [6, 5], lam[2], range(3), 7), 0.3, 7), 7)
    yield "off-bias", "mse", shuffled(noisy(factors([5, 4, 3, 3], [3], lam[1], range(3), 8), 0.2, 8, bias=True), 8)
    yield "thin", "mse", noisy(factors([4, 3, 5, 3], [2, 7], lam[2], [0, 1], 9), 0.1, 9)
    yield "two-classes", "mse", noisy(factors([3, 5], [4, 3], lam[2], range(2), 10), 0.01, 10, bias=True)
    yield "one-each", "mse", noisy(factors([1] * 4, [7], lam[1], range(4), 11), 0.2, 11)
    yield "mse-bias", "mse", descended([6, 4, 3], [5, 6], [0.01] * 3, "mse", True, 12, 20000)
    yield "ce", "ce", descended([5] * 3, [4], [0.02, 0.01], "ce", False, 13, 20000)
    yield "ce-bias", "ce", shuffled(descended([7, 4, 3], [5, 4], [0.01, 0.02, 0.005], "ce", True, 14, 20000), 14)
    yield "ce-off", "ce", descended([4, 3, 3, 2], [3, 5, 4], [0.001] * 4, "ce", True, 15, 40)


def variants(net):
    """The network `net` with numbers that 8 bits hold, in many ways of writing."""
    H, y, W, b = net
    coarse = lambda x: (np.round(x * 8) / 8).clip(-8, 8)
    H, W, b = coarse(H), [coarse(w) for w in W], coarse(b)
    hot = np.eye(len(b))[y]
    named = {"features": H, "labels": y, "head.0.weight": W[0], "head.1.weight": W[1], "head.1.bias": b}
    yield "plain.npz", named
    yield "flax.npz", {"features": H.T, "labels": y, "params/Dense_0/kernel": W[0].T, "params/Dense_1/kernel": W[1].T,
                       "params/Dense_0/bias": np.zeros(len(W[0])), "params/Dense_1/bias": b, "step": np.array(7)}
    yield "fortran.npz", {k: np.asfortranarray(v) for k, v in named.items()}
    yield "big-endian.npz", {k: v.astype(v.dtype.newbyteorder(">")) for k, v in named.items()}
    yield "half.npz", {k: v.astype("<f2") if v.dtype == float else v.astype("u1") for k, v in named.items()}
    yield "single-onehot.npz", {k: v.astype("<f4") for k, v in (named | {"labels": hot}).items()}
    yield "onehot-columns.npz", named | {"labels": hot.T.astype(bool)}
    yield "float-labels.npz", {k: v for k, v in (named | {"labels": y.astype(float)[:, None], "head.1.bias": b[:, None]}).items()}
    yield "row-bias.npz", named | {"labels": y.astype(">i2")[None, :], "head.1.bias": b[None, :], "epoch": np.arange(3)}
    prefixed = {("module." if "head" in k else "") + k: v for k, v in named.items()}
    yield "prefixed.safetensors", prefixed | {"module.backbone.0.weight": H.T[:3], "module.backbone.0.bias": b}
    yield "brain.safetensors", {k: bf16(v) if v.dtype == float else v for k, v in named.items()}
    yield "mixed.safetensors", {"features": H.T.astype("<f4"), "labels": y.astype("u1"), "W_1": W[0], "W_2": W[1].astype("<f2"), "b": b[:, None]}
    return H, y, W, b


def checkpoints():
    """One training in single precision, at some of its steps."""
    for steps in (1, 50, 100, 150, 200, 250, 300, 350, 400, 500, 600, 800, 1000, 1500, 2000):
        yield steps, descended([6, 4, 3], [5, 4], [0.02] * 3, "mse", False, 21, steps, 0.4)


def main():
    (HERE / "epochs").mkdir(exist_ok=True)
    for steps, net in checkpoints():
        single = {k: v.astype("u1" if k == "labels" else "<f4") for k, v in tensors(net).items()}
        np.savez_compressed(HERE / "epochs" / f"epoch-{steps}.npz", **single)
    expected = {}
    for name, loss, net in networks():
        np.savez(HERE / f"{name}.npz", **tensors(net))
        expected[f"{name}.npz"] = {"loss_name": loss, "metrics": metrics(net, loss)}
    base = shuffled(descended([6, 4, 3], [5, 4], [0.01] * 3, "mse", True, 16, 2000), 16)
    coarse = lambda x: (np.round(x * 8) / 8).clip(-8, 8)
    rounded = (coarse(base[0]), base[1], [coarse(w) for w in base[2]], coarse(base[3]))
    for name, named in variants(base):
        path = HERE / f"way-{name}"
        (np.savez_compressed if name.startswith("f") else np.savez)(path, **named) if name.endswith("npz") else safetensors(path, named)
        expected[path.name] = {"loss_name": "mse", "metrics": metrics(rounded, "mse")}
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main()
