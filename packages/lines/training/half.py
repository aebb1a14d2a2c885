"""half.py IN.onnx OUT.onnx   stores large weights in 16 bits; they are widened when the graph is opened."""
import sys, numpy as np, onnx
from onnx import numpy_helper as nh, helper, TensorProto
m = onnx.load(sys.argv[1]); g = m.graph; casts = []
for t in g.initializer:
    a = nh.to_array(t)
    if a.dtype != np.float32 or a.size < 256: continue
    assert np.abs(a).max() < 6e4
    name = t.name; t.CopyFrom(nh.from_array(a.astype(np.float16), name + '_16'))
    casts.append(helper.make_node('Cast', [name + '_16'], [name], to=TensorProto.FLOAT))
nodes = list(g.node); del g.node[:]; g.node.extend(casts + nodes)
onnx.checker.check_model(m); onnx.save(m, sys.argv[2])
