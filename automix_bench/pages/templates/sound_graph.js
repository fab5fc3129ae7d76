"use strict";
// Sounds that start at one time of a context and are switched by cross-fades of their gains.

const FADE_SECONDS = 0.01; // of a switch, a start and a stop
const LEAD_SECONDS = 0.02; // a change is scheduled this far ahead, so that none comes too late

/** The gain of a ramp `{from, to, at}` at a time of the context. */
function rampValue(ramp, time) {
  const share = Math.min(Math.max((time - ramp.at) / FADE_SECONDS, 0), 1);
  return ramp.from + share * (ramp.to - ramp.from);
}

/** Fade both ends of a buffer in place, so that it can be repeated without a click. */
function fadeEnds(buffer) {
  const length = Math.min(Math.round(FADE_SECONDS * buffer.sampleRate), buffer.length >> 1);
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const samples = buffer.getChannelData(channel);
    for (let n = 0; n < length; n += 1) {
      samples[n] *= n / length;
      samples[samples.length - 1 - n] *= n / length;
    }
  }
  return buffer;
}

/** A region `{start, end}` of a buffer, in seconds, whose end fades into what stands before its
    start: played again and again it has no seam. */
function seamless(context, buffer, region) {
  const rate = buffer.sampleRate;
  const first = Math.round(region.start * rate);
  const length = Math.max(Math.round(region.end * rate) - first, 1);
  const fade = Math.min(Math.round(FADE_SECONDS * rate), length);
  const out = context.createBuffer(buffer.numberOfChannels, length, rate);
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const from = buffer.getChannelData(channel);
    const to = out.getChannelData(channel);
    to.set(from.subarray(first, first + length));
    for (let n = 0; n < fade; n += 1) {
      const share = (n + 1) / fade;
      const before = from[first - fade + n] ?? 0;
      to[length - fade + n] = (1 - share) * to[length - fade + n] + share * before;
    }
  }
  return out;
}

class SoundGraph {
  /** `context` may be real or offline; the buffers have one rate. */
  constructor(context, buffers, destination = context.destination) {
    this.context = context;
    this.buffers = buffers;
    this.destination = destination;
    this.duration = Math.max(...buffers.map((buffer) => buffer.duration));
    this.voices = [];
    this.begun = null;
  }

  get playing() {
    return this.voices.length > 0;
  }

  /** Start all sounds at one time, each at its level.
      Args:
        levels: a linear gain for each sound; 0 is not heard.
        when: a time of the context.
        offset: where in the sounds, in seconds.
        region: what is repeated, {start, end} in seconds; null: all of it.
        repeat: whether anything is repeated. */
  start(levels, when, offset, region, repeat) {
    this.stop(when);
    const inside = region && repeat;
    const loop = inside ? region : { start: 0, end: this.duration };
    const at = offset >= loop.start && offset < loop.end ? offset : loop.start;
    this.begun = { when, at, loop, repeat };
    this.voices = this.buffers.map((buffer, place) => {
      const source = this.context.createBufferSource();
      source.buffer = inside ? seamless(this.context, buffer, region) : buffer;
      source.loop = repeat;
      const gain = this.context.createGain();
      gain.gain.setValueAtTime(0, 0);
      source.connect(gain).connect(this.destination);
      source.start(when, inside ? at - loop.start : at);
      const voice = { source, gain, ramp: { from: 0, to: 0, at: when } };
      this.#fade(voice, levels[place], when);
      return voice;
    });
  }

  /** Cross-fade to other levels. */
  switchTo(levels, when) {
    this.voices.forEach((voice, place) => this.#fade(voice, levels[place], when));
  }

  stop(when) {
    for (const voice of this.voices) {
      this.#fade(voice, 0, when);
      voice.source.stop(when + FADE_SECONDS);
    }
    this.voices = [];
  }

  /** Where in the sounds a time of the context is, in seconds. */
  position(time) {
    if (!this.begun) return 0;
    const { when, at, loop, repeat } = this.begun;
    const on = at - loop.start + Math.max(time - when, 0);
    const length = loop.end - loop.start;
    return loop.start + (repeat ? on % length : Math.min(on, length));
  }

  #fade(voice, level, when) {
    const { gain } = voice.gain;
    const now = rampValue(voice.ramp, when);
    gain.cancelScheduledValues(when); // also the end of a ramp that is still on its way
    gain.linearRampToValueAtTime(now, when);
    gain.linearRampToValueAtTime(level, when + FADE_SECONDS);
    voice.ramp = { from: now, to: level, at: when };
  }
}

/** The probability of at least `right` right answers of `trials` by guessing. */
function guessingP(right, trials) {
  let p = 0;
  let ways = 1; // trials over k
  for (let k = trials; k >= right; k -= 1) {
    p += ways * 0.5 ** trials;
    ways = (ways * k) / (trials - k + 1);
  }
  return p;
}

/** An ABX test: which of two sounds is X? `coin` gives true or false by chance. */
class Abx {
  constructor(coin = () => crypto.getRandomValues(new Uint8Array(1))[0] % 2 === 1) {
    this.coin = coin;
    this.right = 0;
    this.trials = 0;
    this.draw();
  }

  draw() {
    this.xIsA = this.coin();
  }

  /** Count an answer and draw the next X. Returns whether the answer was right. */
  answer(isA) {
    const right = isA === this.xIsA;
    this.trials += 1;
    this.right += right;
    this.draw();
    return right;
  }

  get p() {
    return guessingP(this.right, this.trials);
  }
}
