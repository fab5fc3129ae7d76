"use strict";
// Plays the sounds of one page in step, one of them at a time; see sound_graph.js of the reports.
const START_SECONDS = 0.03; // sounds start so much later than they are asked for
const LEAST_LOOP_SECONDS = 0.3;

class Player {
  constructor(onTick) {
    this.context = new AudioContext();
    this.onTick = onTick;
    this.graph = null;
    this.current = -1;
    this.offset = 0; // seconds into the sound while it is paused
    this.region = [0, 0];
    this.timer = setInterval(() => this.onTick(), 60);
  }

  async load(files) {
    this.take(await Promise.all(files.map(async (file) => {
      const answer = await fetch(file);
      if (!answer.ok) throw new Error("a sound is missing: " + file);
      return this.context.decodeAudioData(await answer.arrayBuffer());
    })));
  }

  take(buffers) {
    this.graph = new SoundGraph(this.context, buffers);
    this.seconds = this.graph.duration;
    this.region = [0, this.seconds];
  }

  get playing() {
    return this.graph !== null && this.graph.playing;
  }

  levels() {
    return this.graph.buffers.map((_, place) => Number(place === this.current));
  }

  start() {
    const [start, end] = this.region;
    if (this.offset < start || this.offset >= end - 0.02) this.offset = start;
    const region = start > 0 || end < this.seconds ? { start, end } : null;
    const when = this.context.currentTime + START_SECONDS;
    this.graph.start(this.levels(), when, this.offset, region, true);
  }

  position() {
    return this.playing ? this.graph.position(this.context.currentTime) : this.offset;
  }

  play(index) {
    this.context.resume();
    if (this.playing && index === this.current) return;
    this.current = index;
    if (this.playing) this.graph.switchTo(this.levels(), this.context.currentTime + LEAD_SECONDS);
    else this.start();
  }

  pause() {
    if (!this.playing) return;
    this.offset = this.position();
    this.graph.stop(this.context.currentTime + LEAD_SECONDS);
  }

  loop(begin, end) {
    const at = this.position();
    if (end - begin < LEAST_LOOP_SECONDS) [begin, end] = [0, this.seconds];
    this.region = [Math.max(0, begin), Math.min(this.seconds, end)];
    this.offset = at;
    if (this.playing) this.start();
  }

  close() {
    clearInterval(this.timer);
    if (this.playing) this.graph.stop(this.context.currentTime);
    setTimeout(() => this.context.close(), 100);
  }
}
