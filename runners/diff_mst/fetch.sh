#!/bin/sh
# Fetches the code of Diff-MST, and makes an environment for it. Its weights and their configuration
# are linked from its own page; put them in weights/ as config.yaml and model.ckpt.
set -eu
cd "$(dirname "$0")"
git clone https://github.com/sai-soum/Diff-MST.git code
git -C code checkout 3b90ef838272b827c86610cf25b510a23a4147fd
mkdir -p weights
python3 -m venv environment
environment/bin/pip install "numpy<2" "torch==2.2.0" "torchaudio==2.2.0" "scipy==1.12.0" \
    "dasp-pytorch==0.0.1" "auraloss==0.4.0" "pyloudnorm==0.1.1" librosa pyyaml tqdm
