# train.py rec.onnx keys.txt DIR MINUTES OUT   trains neck and head on cached features; takes new chunks in as they come
import sys,os,json,glob,time,random,math,numpy as np,torch
from model import *; from alphabet import ALPHABET
REC,KEYS,DIR,MIN,OUT=sys.argv[1:6]; MIN=float(MIN); torch.set_num_threads(int(os.environ.get('THREADS','1'))); torch.manual_seed(1); random.seed(1)
scale=torch.tensor(np.load('scale.npy').astype(np.float32)).reshape(1,480,1,1)
keys=[k.rstrip('\r') for k in open(KEYS,encoding='utf8').read().split('\n')]; keys=keys[:-1] if keys[-1]=='' else keys
net=Net(); old(net,REC,keys)
if len(sys.argv)>6: net.load_state_dict(torch.load(sys.argv[6]))
IX={c:i+1 for i,c in enumerate(ALPHABET)}; items={}; seen=set(); VAL=[]
def refresh():
    for f in sorted(glob.glob(DIR+'/*.feat')):
        if f in seen: continue
        seen.add(f); mm=np.memmap(f,np.int8,'r'); o=0
        for w,s,k,l in json.load(open(f[:-5]+'.json')):
            n=1440*(w//4); t=[IX[c] for c in s]
            if f.endswith('/000.feat'): VAL.append((mm,o,w,s))
            else: items.setdefault(w,[]).append((mm,o,t))
            o+=n
def get(b,w): return torch.from_numpy(np.stack([m[o:o+1440*(w//4)] for m,o,_ in b])).reshape(len(b),480,3,w//4).float()*scale
def dec(lp):
    a=lp.argmax(-1).tolist(); s='';p=0
    for k in a:
        if k and k!=p: s+=ALPHABET[k-1]
        p=k
    return s
def dist(a,b):
    p=list(range(len(b)+1))
    for i,x in enumerate(a,1):
        q=[i]
        for j,y in enumerate(b,1): q.append(min(p[j]+1,q[-1]+1,p[j-1]+(x!=y)))
        p=q
    return p[-1]
def val():
    net.eval(); e=n=es=ns=ok=0
    with torch.no_grad():
        for m,o,w,s in VAL[:150]:
            h=dec(net(get([(m,o,0)],w))[0]); e+=dist(s,h); n+=len(s); a,b=s.replace(' ',''),h.replace(' ',''); es+=dist(a,b); ns+=len(a); ok+=s==h
    net.train(); return f'CER {e/n:.4f} without spaces {es/ns:.4f} whole lines {ok/len(VAL[:150]):.3f}'
refresh(); print(len(seen),'chunks; start',val(),flush=True)
head=[p for k,p in net.named_parameters() if k[:2] in('l1','l2','l3','fc')]; neck=[p for k,p in net.named_parameters() if k[:2] not in('l1','l2','l3','fc')]
P=float(os.environ.get('LR','1')); base=[6e-4*P,1.5e-3*P]; opt=torch.optim.AdamW([{'params':neck},{'params':head}],lr=1e-3,weight_decay=.01,betas=(.9,.98)); ctc=nn.CTCLoss(zero_infinity=True)
t0=time.time(); c0=time.process_time(); WALL=float(os.environ.get('WALL','999')); step=lines=0; avg=None; lastv=t0; stop=False
while not stop:
    refresh(); order=[]
    for w,L in items.items():
        L=L[:]; random.shuffle(L); n=max(2,min(48,int(2200//(w//4)))); order+=[(w,L[i:i+n]) for i in range(0,len(L),n)]
    random.shuffle(order); new=time.time()
    for w,b in order:
        fr=max((time.process_time()-c0)/(MIN*60),(time.time()-t0)/(WALL*60))
        if fr>=1: stop=True; break
        if fr<.6 and time.time()-new>90 and len(glob.glob(DIR+'/*.feat'))>len(seen)+2: break
        r=min(1,(step+1)/150)*(.5+.5*math.cos(math.pi*fr))*.98+.02
        for g,bl in zip(opt.param_groups,base): g['lr']=bl*min(r,1)
        x=get(b,w)
        if random.random()<.3: x=x[...,1:]
        if random.random()<.3: x=x*(1+.06*torch.randn(x.shape[0],480,1,1))
        lp=net(x).log_softmax(-1).transpose(0,1); T=lp.shape[0]; t=[y for _,_,y in b]
        loss=ctc(lp,torch.tensor(sum(t,[])),torch.full((len(b),),T,dtype=torch.long),torch.tensor([len(y) for y in t]))
        opt.zero_grad(); loss.backward(); torch.nn.utils.clip_grad_norm_(net.parameters(),3.); opt.step()
        avg=loss.item() if avg is None else .98*avg+.02*loss.item(); step+=1; lines+=len(b)
        if step%50==0: print(step,lines,f'loss {avg:.4f} {time.time()-t0:.0f}s {1000*(time.time()-t0)/lines:.1f} ms/line',len(seen),flush=True)
        if time.time()-lastv>200: lastv=time.time(); print(val(),flush=True); torch.save(net.state_dict(),OUT)
print('end',step,lines,val(),flush=True); torch.save(net.state_dict(),OUT)
