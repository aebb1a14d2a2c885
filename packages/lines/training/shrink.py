"""Leaves channels of the recogniser's backbone out, and fits what follows to give what the whole one gives.

    shrink.py IN.onnx OUT.onnx LAYER:KEEP,... SET,...

LAYER is the place of a 1 x 1 convolution in the chain that chain.py reads, KEEP how many of its channels stay. SET is a chunk that draw.py made, without
its ending. Layer after layer, in the order of the run: the inputs of a 1 x 1 convolution, as the smaller network has them, are fitted by least squares to
what the convolution gives in the whole network, each output weighed by what the next layer makes of it; the channels that this loses least by go, one by
one, each time with all weights fitted anew. Nothing is trained, and no label is looked at. Held-out lines (held/000) are only reported."""
import sys, json, time, numpy as np, onnx
from onnx import numpy_helper as nh
import chain as net
SRC, OUT = sys.argv[1:3]; keep = {int(a.split(':')[0]): int(a.split(':')[1]) for a in sys.argv[3].split(',')}; SETS = sys.argv[4].split(',')
def load(f):
    raw = np.fromfile(f + '.raw', np.uint8); o = 0; xs = []
    for w, *_ in json.load(open(f + '.json')):
        n = 3 * 48 * w; xs.append(raw[o:o + n].reshape(3, 48, w).astype(np.float32) / 127.5 - 1); o += n
    return xs
xs = [x for f in SETS for x in load(f)]
held = load('held/000')[:40]
print(len(xs), 'lines', sum(x.shape[2] for x in xs), 'px')
m, orig = net.chain(SRC); _, mine = net.chain(SRC)
O = xs; P = xs; t0 = time.time()
rng = np.random.default_rng(1)
def gram(As, Zs):
    """A with a one appended, against itself and the targets; a share of the positions of large maps"""
    C = As[0].shape[0]; H = np.zeros((C + 1, C + 1)); G = np.zeros((C + 1, Zs[0].shape[0])); n = 0; z2 = 0
    for a, z in zip(As, Zs):
        a = a.reshape(C, -1); z = z.reshape(z.shape[0], -1)
        if a.shape[1] > 1200: i = rng.choice(a.shape[1], 1200, replace=False); a = a[:, i]; z = z[:, i]
        a = np.concatenate([a, np.ones((1, a.shape[1]), np.float32)])
        H += a @ a.T; G += a @ z.T; z2 = z2 + (z.astype(np.float64) ** 2).sum(1); n += a.shape[1]
    return H / n, G / n, z2 / n
k = 0
pending = None   # producer whose channels are still whole
while k < len(orig):
    L, M = orig[k], mine[k]
    if L.kind == 'pw':
        w = L.w[:, :, 0, 0]
        Z = [(w @ o.reshape(o.shape[0], -1) + L.b[:, None]).reshape(-1, *o.shape[1:]) for o in O]
        H, G, z2 = gram(P, Z); C = H.shape[0] - 1
        nxt = orig[k + 1] if k + 1 < len(orig) else None
        wt = np.ones(w.shape[0])
        var = z2 - G[C] ** 2
        if nxt is not None:
            g = L.aff[0].astype(np.float64) if L.aff else 1
            wt = (nxt.w[:, 0].reshape(w.shape[0], -1).astype(np.float64) ** 2).sum(1) * g ** 2
        wt = wt / (wt * var).sum()
        H[np.arange(C), np.arange(C)] += 1e-4 * np.trace(H[:C, :C]) / C
        err = lambda idx: ((wt * (z2 - np.einsum('ij,ij->j', G[idx], np.linalg.solve(H[np.ix_(idx, idx)], G[idx]))))).sum()
        allc = np.arange(C + 1); base = err(allc)
        if pending in keep and keep[pending] < C:
            Hi = np.linalg.inv(H); W = Hi @ G; alive = list(range(C)); curve = []
            want = keep[pending]
            while len(alive) > want:
                s = (W[alive] ** 2 * wt).sum(1) / np.diag(Hi)[alive]
                c = alive[int(np.argmin(s))]; d = Hi[c, c]
                W -= np.outer(Hi[:, c], W[c]) / d; Hi -= np.outer(Hi[:, c], Hi[c]) / d
                alive.remove(c)
                if len(alive) % max(1, C // 20) == 0: curve.append(f'{len(alive)}:{err(np.array(alive + [C])):.4f}')
            S = np.array(alive); idx = np.append(S, C)
        else: S = np.arange(C); idx = allc; curve = []
        W = np.linalg.solve(H[np.ix_(idx, idx)], G[idx])
        print(f'layer {k} pw {L.w.shape[1]}->{L.w.shape[0]} keeps {len(S)} of {C}: error {base:.4f} whole, {err(idx):.4f}  {" ".join(curve)}  {time.time()-t0:.0f}s', flush=True)
        M.w = W[:-1].T.astype(np.float32)[:, :, None, None]; M.b = W[-1].astype(np.float32)
        # leave the channels out where they are made
        if len(S) < C:
            q = k - 1
            while True:
                Q = mine[q]
                if Q.kind == 'se':
                    mean = np.mean([p.mean((1, 2)) for p in SEIN], 0)
                    gone = np.setdiff1d(np.arange(C), S)
                    Q.b1 = Q.b1 + Q.w1[:, gone, 0, 0] @ mean[gone]; Q.w1 = Q.w1[:, S]; Q.w2 = Q.w2[S]; Q.b2 = Q.b2[S]
                else:
                    Q.w = Q.w[S]; Q.b = Q.b[S]
                    if Q.aff: Q.aff = (Q.aff[0][S], Q.aff[1][S])
                    if Q.kind != 'dw': break
                q -= 1
            P = [p[S] for p in P]
        pending = k
    if L.kind == 'conv': pending = None if k == 0 else k
    if L.kind == 'se': SEIN = P
    O = [net.step(L, o) for o in O]; P = [net.step(M, p) for p in P]
    k += 1
e = sum(((a - b) ** 2).sum() for a, b in zip(O, P)) / sum(((a - a.mean((1, 2), keepdims=True)) ** 2).sum() for a in O)
print('features: relative error', e)
A, B = held, held
for L, M in zip(orig, mine): A = [net.step(L, a) for a in A]; B = [net.step(M, b) for b in B]
print('held features: relative error', sum(((a - b) ** 2).sum() for a, b in zip(A, B)) / sum(((a - a.mean((1, 2), keepdims=True)) ** 2).sum() for a in A))
# write
m = onnx.load(SRC); new = {}
for L in mine:
    if L.kind == 'se': new.update(zip(L.names, (L.w1, L.b1, L.w2, L.b2))); continue
    new[L.names[0]] = L.w; new[L.names[1]] = L.b
    if L.aff:
        c = len(L.aff[0]); g, s = L.aff
        node = next(n for n in m.graph.node if n.op_type == 'BatchNormalization' and n.input[1] == L.affnames[0])
        eps = net.attr(node, 'epsilon', 1e-5)
        for nm, v in zip(L.affnames, (g * np.float32(np.sqrt(1 + eps)), s, np.zeros(c), np.ones(c))): new[nm] = v.astype(np.float32)
# one name may serve several layers
for i, t in enumerate(m.graph.initializer):
    if t.name in new: m.graph.initializer[i].CopyFrom(nh.from_array(np.ascontiguousarray(new[t.name], np.float32), t.name))
for n in m.graph.node:
    if n.op_type == 'Conv' and net.attr(n, 'group', 1) > 1:
        for a in n.attribute:
            if a.name == 'group': a.i = new[n.input[1]].shape[0]
for v in list(m.graph.value_info): m.graph.value_info.remove(v)
onnx.checker.check_model(m); onnx.save(m, OUT)
