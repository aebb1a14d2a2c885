"""The backbone of the recogniser as a list of steps, and numpy for each of them."""
import numpy as np, onnx
from onnx import numpy_helper as nh
from numpy.lib.stride_tricks import sliding_window_view

def read(path):
    m = onnx.load(path); g = m.graph
    C = {i.name: nh.to_array(i) for i in g.initializer}
    return m, g, C

def attr(n, k, d=None):
    for a in n.attribute:
        if a.name == k: return onnx.helper.get_attribute_value(a)
    return d

def conv1(x, w, b):
    """1 x 1: x [C,H,W]"""
    c, h, wd = x.shape
    return (w.reshape(w.shape[0], -1) @ x.reshape(c, -1)).reshape(-1, h, wd) + b[:, None, None]

def depthwise(x, w, b, strides, pads):
    t, l, bt, r = pads; kh, kw = w.shape[2:]
    xp = np.pad(x, ((0, 0), (t, bt), (l, r)))
    sh, sw = strides
    H = (xp.shape[1] - kh) // sh + 1; W = (xp.shape[2] - kw) // sw + 1
    y = np.repeat(b[:, None, None], H, 1).repeat(W, 2).astype(np.float32)
    for i in range(kh):
        for j in range(kw):
            y += xp[:, i:i + sh * (H - 1) + 1:sh, j:j + sw * (W - 1) + 1:sw] * w[:, 0, i, j][:, None, None]
    return y

def dense(x, w, b, strides, pads):
    t, l, bt, r = pads; kh, kw = w.shape[2:]
    xp = np.pad(x, ((0, 0), (t, bt), (l, r))); sh, sw = strides
    H = (xp.shape[1] - kh) // sh + 1; W = (xp.shape[2] - kw) // sw + 1
    cols = [xp[:, i:i + sh * (H - 1) + 1:sh, j:j + sw * (W - 1) + 1:sw].reshape(x.shape[0], -1) for i in range(kh) for j in range(kw)]
    M = np.stack(cols, 1).reshape(-1, H * W)
    return (w.reshape(w.shape[0], -1) @ M).reshape(-1, H, W) + b[:, None, None]

def hsig(x): return np.clip(x * np.float32(1 / 6) + np.float32(.5), 0, 1)

class Layer: pass

def chain(path):
    """Layers of the backbone: 'conv' (dense), 'dw', 'pw', each with flags act (hard-swish) and aff (gain, shift of a BatchNormalization), or 'se'."""
    m, g, C = read(path)
    nodes = list(g.node); out = []; i = 0
    end = next(k for k, n in enumerate(nodes) if any(o.startswith('h/') for o in n.output))
    while i < end:
        n = nodes[i]
        if n.op_type == 'GlobalAveragePool':
            a = nodes[i + 1]; r = nodes[i + 2]; b = nodes[i + 3]; h = nodes[i + 4]; mu = nodes[i + 5]
            assert [x.op_type for x in nodes[i:i + 6]] == ['GlobalAveragePool', 'Conv', 'Relu', 'Conv', 'HardSigmoid', 'Mul'], [x.op_type for x in nodes[i:i+6]]
            L = Layer(); L.kind = 'se'; L.names = [a.input[1], a.input[2], b.input[1], b.input[2]]
            L.w1, L.b1, L.w2, L.b2 = [C[k].astype(np.float32) for k in L.names]
            L.alpha = attr(h, 'alpha', .2); L.beta = attr(h, 'beta', .5); out.append(L); i += 6; continue
        assert n.op_type == 'Conv', (i, n.op_type, n.name)
        L = Layer(); L.names = [n.input[1], n.input[2]]; L.w = C[n.input[1]].astype(np.float32); L.b = C[n.input[2]].astype(np.float32)
        grp = attr(n, 'group', 1); L.strides = attr(n, 'strides', [1, 1]); L.pads = attr(n, 'pads', [0, 0, 0, 0])
        L.kind = 'dw' if grp > 1 else 'pw' if L.w.shape[2:] == (1, 1) else 'conv'
        i += 1; L.act = False; L.aff = None
        if i + 1 < end and nodes[i].op_type == 'HardSigmoid' and nodes[i + 1].op_type == 'Mul' and nodes[i].input[0] == n.output[0]:
            assert abs(attr(nodes[i], 'alpha', .2) - 1 / 6) < 1e-6; L.act = True; i += 2
        if i < end and nodes[i].op_type == 'BatchNormalization':
            k = nodes[i]; s, bb, mu, va = [C[x].astype(np.float64) for x in k.input[1:]]; f = s / np.sqrt(va + attr(k, 'epsilon', 1e-5))
            L.aff = (f.astype(np.float32), (bb - mu * f).astype(np.float32)); L.affnames = list(k.input[1:]); i += 1
        out.append(L)
    return m, out

def step(L, x):
    if L.kind == 'se':
        a = x.mean((1, 2)); h = np.maximum(L.w1[:, :, 0, 0] @ a + L.b1, 0); s = L.w2[:, :, 0, 0] @ h + L.b2
        return x * np.clip(s * L.alpha + L.beta, 0, 1)[:, None, None]
    if L.kind == 'pw': y = conv1(x, L.w, L.b)
    elif L.kind == 'dw': y = depthwise(x, L.w, L.b, L.strides, L.pads)
    else: y = dense(x, L.w, L.b, L.strides, L.pads)
    if L.act: y = y * hsig(y)
    if L.aff: y = y * L.aff[0][:, None, None] + L.aff[1][:, None, None]
    return y.astype(np.float32)
