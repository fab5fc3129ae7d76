#!/bin/sh
# Fetches the code and the weights of FxNorm-Automix (they lie in its repository), and makes an
# environment for it. Its impulse responses were never published: put some of your own, with
# reverberation times of 2 to 4 s, into responses/NAME/impulse_response.wav. Its program wants a GPU.
set -eu
cd "$(dirname "$0")"
git clone https://github.com/sony/FxNorm-automix.git code
git -C code checkout 916bf7e438b43f7f1dda24292dc3fd5d08e0f250
mkdir -p responses
python3.8 -m venv environment
environment/bin/pip install -r code/requirements.txt soundfile
environment/bin/pip install code
