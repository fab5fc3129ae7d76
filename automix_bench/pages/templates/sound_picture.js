"use strict";
// Waveforms and spectrograms of decoded sounds, on a canvas.

const FFT_LENGTH = 1024;
const RANGE_DB = 80;
const LOWEST_HZ = 40;
const HEAT = [[0, 0, 8], [62, 15, 92], [155, 41, 100], [229, 92, 48], [251, 180, 26], [252, 252, 180]];

/** The mean of the channels of a buffer times a gain, minus that of another one times its gain. */
function monoOf(buffer, gain, other = null, otherGain = 0) {
  const out = new Float32Array(buffer.length);
  for (const [one, level] of [[buffer, gain], [other, -otherGain]]) {
    if (!one) continue;
    for (let channel = 0; channel < one.numberOfChannels; channel += 1) {
      const samples = one.getChannelData(channel);
      const factor = level / one.numberOfChannels;
      const end = Math.min(out.length, samples.length);
      for (let n = 0; n < end; n += 1) out[n] += factor * samples[n];
    }
  }
  return out;
}

/** The lowest and the highest sample of each of `columns` equal parts. */
function extremes(samples, columns) {
  const low = new Float32Array(columns);
  const high = new Float32Array(columns);
  for (let column = 0; column < columns; column += 1) {
    const end = Math.floor(((column + 1) * samples.length) / columns);
    for (let n = Math.floor((column * samples.length) / columns); n < end; n += 1) {
      if (samples[n] < low[column]) low[column] = samples[n];
      if (samples[n] > high[column]) high[column] = samples[n];
    }
  }
  return { low, high };
}

/** The canvas in device pixels, emptied. */
function cleared(canvas) {
  const scale = globalThis.devicePixelRatio || 1;
  canvas.width = Math.max(Math.round(canvas.clientWidth * scale), 1);
  canvas.height = Math.max(Math.round(canvas.clientHeight * scale), 1);
  return canvas.getContext("2d");
}

/** Draw several waveforms over each other: `[samples, colour]`, the last in front. `full` is the
    amplitude at the edge. */
function drawWaves(canvas, waves, full) {
  const pen = cleared(canvas);
  const { width, height } = canvas;
  const middle = height / 2;
  for (const [samples, colour] of waves) {
    const { low, high } = extremes(samples, width);
    pen.fillStyle = colour;
    for (let x = 0; x < width; x += 1) {
      const top = middle - Math.min(high[x] / full, 1) * middle;
      const bottom = middle - Math.max(low[x] / full, -1) * middle;
      pen.fillRect(x, top, 1, Math.max(bottom - top, 1));
    }
  }
}

/** The discrete Fourier transform in place; the length is a power of two. */
function fft(real, imaginary) {
  const length = real.length;
  for (let i = 1, j = 0; i < length; i += 1) {
    let bit = length >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j], real[i]];
      [imaginary[i], imaginary[j]] = [imaginary[j], imaginary[i]];
    }
  }
  for (let size = 2; size <= length; size *= 2) {
    const step = (-2 * Math.PI) / size;
    for (let k = 0; k < size / 2; k += 1) {
      const [c, s] = [Math.cos(step * k), Math.sin(step * k)];
      for (let i = k; i < length; i += size) {
        const j = i + size / 2;
        const re = real[j] * c - imaginary[j] * s;
        const im = real[j] * s + imaginary[j] * c;
        [real[j], imaginary[j]] = [real[i] - re, imaginary[i] - im];
        real[i] += re;
        imaginary[i] += im;
      }
    }
  }
}

/** The level of each bin in dB full scale of a sine, in `columns` windows over the sound. */
function spectraDb(samples, columns) {
  const spectra = [];
  for (let column = 0; column < columns; column += 1) {
    const real = new Float64Array(FFT_LENGTH);
    const imaginary = new Float64Array(FFT_LENGTH);
    const start = Math.round(((column + 0.5) * samples.length) / columns - FFT_LENGTH / 2);
    for (let n = 0; n < FFT_LENGTH; n += 1) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / FFT_LENGTH);
      real[n] = (samples[start + n] ?? 0) * window;
    }
    fft(real, imaginary);
    const levels = new Float32Array(FFT_LENGTH / 2);
    for (let bin = 0; bin < levels.length; bin += 1) {
      const power = (real[bin] ** 2 + imaginary[bin] ** 2) * (4 / FFT_LENGTH) ** 2;
      levels[bin] = 10 * Math.log10(power + 1e-16);
    }
    spectra.push(levels);
  }
  return spectra;
}

/** The colour of a level between 0 and 1. */
function heat(share) {
  const place = Math.min(Math.max(share, 0), 1) * (HEAT.length - 1);
  const step = Math.min(Math.floor(place), HEAT.length - 2);
  const rest = place - step;
  return HEAT[step].map((from, n) => from + rest * (HEAT[step + 1][n] - from));
}

/** Draw a spectrogram: time across, frequency up on a logarithmic axis. */
function drawSpectrogram(canvas, samples, rate) {
  const pen = cleared(canvas);
  const { width, height } = canvas;
  const columns = Math.min(width, 600);
  const spectra = spectraDb(samples, columns);
  const image = pen.createImageData(columns, height);
  const highest = Math.min(rate / 2, 20000);
  for (let y = 0; y < height; y += 1) {
    const hertz = LOWEST_HZ * (highest / LOWEST_HZ) ** (1 - (y + 0.5) / height);
    const bin = Math.min((hertz / rate) * FFT_LENGTH, FFT_LENGTH / 2 - 2);
    const [lower, rest] = [Math.floor(bin), bin % 1];
    for (let x = 0; x < columns; x += 1) {
      const level = (1 - rest) * spectra[x][lower] + rest * spectra[x][lower + 1];
      image.data.set([...heat((level + RANGE_DB + 10) / RANGE_DB), 255], 4 * (y * columns + x));
    }
  }
  const small = document.createElement("canvas");
  [small.width, small.height] = [columns, height];
  small.getContext("2d").putImageData(image, 0, 0);
  pen.drawImage(small, 0, 0, width, height);
}
