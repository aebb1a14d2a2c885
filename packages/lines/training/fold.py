# Folds the scalar and channel factors of the PP-OCRv4 mobile detector into its convolutions, and writes its hard-swish as HardSigmoid and Mul: the same
# function, in two thirds of the time, since ONNX Runtime keeps the layout of its convolutions through it.
#   fold.py detector.onnx out.onnx
import sys
import numpy as np
import onnx
from onnx import helper, numpy_helper as nh

src, out = sys.argv[1:3]
m = onnx.load(src)
g = m.graph
C = {i.name: nh.to_array(i) for i in g.initializer}
for n in g.node:
    if n.op_type == 'Constant': C[n.output[0]] = nh.to_array(n.attribute[0].t)
nodes = [n for n in g.node if n.op_type != 'Constant']
users = {}
for n in nodes:
    for i in n.input: users.setdefault(i, []).append(n)
made, W, shifted, done, channels, skip = [], {}, {}, set(), {'x': 3}, set()

def constant(name, value):
    W[name] = np.ascontiguousarray(value, dtype=np.float32)
    return name

def attributes(n): return {a.name: helper.get_attribute_value(a) for a in n.attribute}

def scalar(n):
    """The one number that a Mul or Add has beside its tensor."""
    values = [C[i] for i in n.input if i in C]
    return float(values[0].reshape(())) if len(values) == 1 and values[0].size == 1 else None

def only_user(name, op):
    u = users.get(name, [])
    return u[0] if len(u) == 1 and u[0].op_type == op else None

def solid(name):
    """Where a factor and an offset cannot be folded into what follows: a padded convolution would lose the offset at its border."""
    if name not in shifted: return name
    base, p, q = shifted[name]
    new = name + '_s'
    if new not in done:
        done.add(new)
        ch = channels[name]
        made.append(helper.make_node('BatchNormalization', [base, constant(new + 'g', np.full(ch, p)), constant(new + 'b', np.full(ch, q)), constant(new + 'm', np.zeros(ch)), constant(new + 'v', np.ones(ch))], [new], epsilon=0.0))
        channels[new] = ch
    return new

def norm(n):
    s, b, mean, var = [C[i].astype(np.float64) for i in n.input[1:]]
    f = s / np.sqrt(var + attributes(n).get('epsilon', 1e-5))
    return f, b - mean * f

def convolution(n):
    x, at, transposed = n.input[0], attributes(n), n.op_type == 'ConvTranspose'
    w = C[n.input[1]].astype(np.float64)
    count = w.shape[1] * at.get('group', 1) if transposed else w.shape[0]
    b = C[n.input[2]].astype(np.float64) if len(n.input) > 2 else np.zeros(count)
    if x in shifted and not transposed and at.get('group', 1) == 1 and w.shape[2:] == (1, 1):
        x, p, q = shifted[x]
        b, w = b + q * w.sum((1, 2, 3)), w * p
    else: x = solid(x)
    scale = lambda w, f: w * (f[None, :, None, None] if transposed else f[:, None, None, None])
    o = n.output[0]
    while True:
        k = only_user(o, 'BatchNormalization')
        if k is not None:
            f, h = norm(k)
            w, b = scale(w, f), b * f + h
        elif (k := only_user(o, 'Mul')) is not None and scalar(k) is not None: w, b = w * scalar(k), b * scalar(k)
        elif (k := only_user(o, 'Add')) is not None and scalar(k) is not None: b = b + scalar(k)
        elif k is not None and any(i in C and C[i].shape == (1, count, 1, 1) for i in k.input): b = b + next(C[i] for i in k.input if i in C).reshape(-1)
        else: break
        skip.add(id(k))
        o = k.output[0]
    channels[o] = count
    made.append(helper.make_node(n.op_type, [x, constant(n.output[0] + '_w', w), constant(n.output[0] + '_b', b)], [o], **at))
    return o

def hard_swish(z):
    u = users.get(z, [])
    if sorted(k.op_type for k in u) != ['Add', 'Mul']: return
    add, mul = sorted(u, key=lambda k: k.op_type)
    clip, div = only_user(add.output[0], 'Clip'), only_user(mul.output[0], 'Div')
    if scalar(add) != 3.0 or clip is None or div is None or clip.output[0] not in mul.input: return
    assert abs(float(C[div.input[1]].reshape(())) - 6) < 1e-6 and [float(C[i].reshape(())) for i in clip.input[1:]] == [0, 6]
    skip.update(map(id, (add, clip, mul, div)))
    y = div.output[0]
    made.append(helper.make_node('HardSigmoid', [z], [z + '_h'], alpha=1 / 6, beta=0.5))
    made.append(helper.make_node('Mul', [z, z + '_h'], [y]))
    channels[y] = channels[z]
    k = only_user(y, 'Mul')
    if k is not None and scalar(k) is not None:
        p, a = scalar(k), only_user(k.output[0], 'Add')
        assert a is not None and scalar(a) is not None
        skip.update((id(k), id(a)))
        shifted[a.output[0]] = (y, p, scalar(a))
        channels[a.output[0]] = channels[z]

def gate(n):
    """x + x * gate as x * (1 + gate), where the gate is one number a channel."""
    k = only_user(n.output[0], 'Add')
    if n.op_type != 'Mul' or k is None or any(i in C for i in n.input): return False
    x, s = n.input
    if x not in k.input or producer.get(s) != 'HardSigmoid': return False
    skip.add(id(k))
    made.append(helper.make_node('Add', [s, constant('one', np.ones((1, 1, 1, 1)))], [s + '_1']))
    made.append(helper.make_node('Mul', [solid(x), s + '_1'], list(k.output)))
    channels[k.output[0]] = channels[x]
    return True

producer = {o: n.op_type for n in nodes for o in n.output}
for n in nodes:
    if id(n) in skip: continue
    if n.op_type in ('Conv', 'ConvTranspose'): hard_swish(convolution(n))
    elif not gate(n):
        inputs = []
        for i in n.input:
            if i in C:
                W[i] = C[i]
                inputs.append(i)
            else: inputs.append(solid(i))
        for o in n.output: channels[o] = sum(channels[i] for i in n.input) if n.op_type == 'Concat' else max((channels.get(i, 0) for i in n.input), default=0)
        made.append(helper.make_node(n.op_type, inputs, list(n.output), **attributes(n)))

graph = helper.make_graph(made, 'detector', list(g.input), list(g.output), [nh.from_array(np.asarray(v), k) for k, v in W.items()])
new = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 11)], producer_name='h2ovl-lines', doc_string='PaddlePaddle PP-OCRv4 mobile detector, Apache-2.0. The same function: factors and offsets are folded into its convolutions.')
new.ir_version = 7
onnx.checker.check_model(new)
onnx.save(new, out)
print(len(nodes), 'nodes before,', len(made), 'after')
