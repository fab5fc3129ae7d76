#!/bin/sh
# Fetches the code and the weights of automix-toolkit, and makes an environment for it.
set -eu
cd "$(dirname "$0")"
git clone https://github.com/csteinmetz1/automix-toolkit.git code
git -C code checkout e4a6ecfcd3f07619e9a92abae849983715f53800
mkdir -p weights
for name in enst-drums-dmc.ckpt enst-drums-mixwaveunet.ckpt; do
    curl -L -o "weights/$name" "https://huggingface.co/csteinmetz1/automix-toolkit/resolve/main/$name"
done
python3 -m venv environment
environment/bin/pip install "numpy<2" "torch==2.2.2" "torchaudio==2.2.2"
