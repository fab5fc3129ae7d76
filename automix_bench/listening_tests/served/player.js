"use strict";
// Plays the sounds of one page in step: all start at one time of the audio clock, and a switch is a
// cross-fade of gains over 10 ms. So switching loses no sample and makes no gap.
class Player {
  constructor(onTick) {
    this.context = new AudioContext();
    this.onTick = onTick;
    this.buffers = [];
    this.voices = [];
    this.current = -1;
    this.playing = false;
    this.offset = 0; // seconds into the sound while it is paused
    this.region = [0, 0];
    this.timer = setInterval(() => this.onTick(), 60);
  }

  async load(files) {
    this.buffers = await Promise.all(files.map(async (file) => {
      const answer = await fetch(file);
      if (!answer.ok) throw new Error("a sound is missing: " + file);
      return this.context.decodeAudioData(await answer.arrayBuffer());
    }));
    this.seconds = Math.min(...this.buffers.map((buffer) => buffer.duration));
    this.region = [0, this.seconds];
  }

  start() {
    this.halt(0.01);
    const [begin, end] = this.region;
    if (this.offset < begin || this.offset >= end - 0.02) this.offset = begin;
    this.startedAt = this.context.currentTime + 0.03;
    this.startedFrom = this.offset;
    this.voices = this.buffers.map((buffer, i) => {
      const source = this.context.createBufferSource();
      const gain = this.context.createGain();
      source.buffer = buffer;
      source.loop = true;
      source.loopStart = begin;
      source.loopEnd = end;
      gain.gain.value = 0;
      if (i === this.current) {
        gain.gain.setValueAtTime(0, this.startedAt);
        gain.gain.linearRampToValueAtTime(1, this.startedAt + 0.01);
      }
      source.connect(gain).connect(this.output || this.context.destination);
      source.start(this.startedAt, this.offset);
      return { source, gain };
    });
    this.playing = true;
  }

  halt(fade) {
    const now = this.context.currentTime;
    this.voices.forEach((voice, i) => {
      if (i === this.current) this.ramp(voice.gain.gain, 0, now);
      voice.source.stop(now + fade + 0.01);
    });
    this.voices = [];
  }

  ramp(gain, value, now) {
    const from = gain.value;
    gain.cancelScheduledValues(now);
    gain.setValueAtTime(from, now);
    gain.linearRampToValueAtTime(value, now + 0.01);
  }

  position() {
    if (!this.playing) return this.offset;
    const [begin, end] = this.region;
    const at = this.startedFrom + Math.max(0, this.context.currentTime - this.startedAt);
    return at < end ? at : begin + ((at - begin) % (end - begin));
  }

  play(index) {
    this.context.resume();
    if (!this.playing) {
      this.current = index;
      this.start();
    } else if (index !== this.current) {
      const now = this.context.currentTime;
      const old = this.voices[this.current];
      if (old) this.ramp(old.gain.gain, 0, now);
      this.ramp(this.voices[index].gain.gain, 1, now);
      this.current = index;
    }
  }

  pause() {
    if (!this.playing) return;
    this.offset = this.position();
    this.halt(0.01);
    this.playing = false;
  }

  loop(begin, end) {
    const at = this.position();
    if (end - begin < 0.3) [begin, end] = [0, this.seconds];
    this.region = [Math.max(0, begin), Math.min(this.seconds, end)];
    this.offset = at;
    if (this.playing) this.start();
  }

  close() {
    clearInterval(this.timer);
    this.halt(0.01);
    this.playing = false;
    setTimeout(() => this.context.close(), 100);
  }
}
