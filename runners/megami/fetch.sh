#!/bin/sh
# Fetches the code of MEGAMI, and makes an environment for it. Its README lists the files of its
# checkpoints: put them into code/checkpoints/.
set -eu
cd "$(dirname "$0")"
git clone https://github.com/SonyResearch/MEGAMI.git code
git -C code checkout 3b04d8b9f4ea3409532115b13e4c7f0bc2b5e1a1
python3 -m venv environment
environment/bin/pip install -r code/requirements.txt
