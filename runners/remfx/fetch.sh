#!/bin/sh
# Fetches the code and the weights of RemFX, and makes an environment for it.
set -eu
cd "$(dirname "$0")"
git clone https://github.com/mhrice/RemFx.git code
git -C code checkout 85d503077ad2e6dc6dcb1aa1d4d8da800045a7dd
git -C code submodule update --init --recursive
mkdir -p weights
for name in classifier dcunet_chorus_aug dcunet_delay_aug dcunet_reverb_aug \
    demucs_compressor_aug demucs_distortion_aug; do
    curl -L -o "weights/$name.ckpt" "https://zenodo.org/record/8218621/files/$name.ckpt?download=1"
done
python3 -m venv environment
environment/bin/pip install -e code code/umx
environment/bin/pip install --no-deps hearbaseline
