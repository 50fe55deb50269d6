"""Makes ReferenceBounds.json: output bounds of the shared network small32 by the Python prototypes and a ten-line IBP.

    /usr/bin/python3 reference_bounds.py SHARED_FOLDER > ReferenceBounds.json

theta = (brightness, contrast about 0), each in [-0.02, 0.02], one box, clipped to [0, 1]; 16 images, 46 outputs.
"""
import json, sys

import torch
sys.path.insert(0, sys.argv[1] + '/prototypes/zonotope')
from network import load
from proto import layers, aff, grid, hz_forward
from dz import dz_forward

SIZE, SHOWN = 0.02, (0, 1, 22, 45)

def ibp(L, x0):
    radius = SIZE + SIZE * x0.abs()
    lo, hi = (x0 - radius).clamp(0, 1)[None], (x0 + radius).clamp(0, 1)[None]
    for l in L:
        if l[0] == 'relu': lo, hi = lo.relu(), hi.relu()
        elif l[0] == 'flat': lo, hi = lo.flatten(1), hi.flatten(1)
        else:
            c, r = aff(l, (lo + hi) / 2), aff(l, (hi - lo) / 2, True, False)
            lo, hi = c - r, c + r
    return lo[0], hi[0]

def row(bounds):
    lo, hi = (b.double().flatten() for b in bounds)
    short = lambda value: float(f'{value.item():.8g}')
    return {'width': short((hi - lo).sum()), 'lower': [short(lo[k]) for k in SHOWN], 'upper': [short(hi[k]) for k in SHOWN]}

net, images = load('small32')
L = layers(net)
C, H = grid([-SIZE, -SIZE], [SIZE, SIZE], (1, 1))
result = {'outputs': SHOWN, 'interval': [], 'none': [], 'all': []}
with torch.no_grad():
    for x0 in images:
        result['interval'].append(row(ibp(L, x0)))
        result['none'].append(row(hz_forward(L, x0, C, H)[:2]))
        result['all'].append(row(dz_forward(L, x0, C, H, cap=10**9)))
domains = ',\n'.join(f' "{name}": [\n' + ',\n'.join(f'  {json.dumps(row)}' for row in rows) + '\n ]'
                     for name, rows in result.items() if name != 'outputs')
print('{\n "outputs": %s,\n%s\n}' % (json.dumps(SHOWN), domains))
