"use strict";
// A player of one item: it loads the sounds of a group, switches between them, and shows them.

const SWITCHES = { l: "repeat", m: "matched", d: "difference", b: "blind", x: "abx" };

class Player {
  static context = null;

  constructor(element) {
    this.element = element;
    this.spec = JSON.parse(element.dataset.player);
    this.set = { repeat: true, matched: true, difference: false, blind: false, abx: false };
    this.order = [];
    this.region = null;
    this.at = 0;
    this.frame = 0;
    this.closed = false;
    this.abx = null;
    this.#wire();
    this.open(0);
  }

  find(selector) {
    return this.element.querySelector(selector);
  }

  all(selector) {
    return [...this.element.querySelectorAll(selector)];
  }

  tell(text) {
    this.find(".state").textContent = text;
  }

  /** Load the sounds of a group; if something plays, go on there. */
  async open(number) {
    const plays = this.graph?.playing;
    this.at = this.position();
    this.pause();
    this.number = number;
    this.group = this.spec.groups[number];
    this.graph = null;
    this.buffers = null;
    this.chosen = this.group.first;
    for (const one of this.all(".group")) one.hidden = Number(one.dataset.of) !== number;
    for (const one of this.all("[data-group]"))
      one.setAttribute("aria-pressed", Number(one.dataset.group) === number);
    this.tell("Loading the sounds …");
    try {
      const loading = this.group.sounds.map((sound) => decodedSound(sound, this.spec.rate));
      const buffers = await Promise.all(loading);
      if (this.closed || this.number !== number) return;
      this.buffers = buffers;
    } catch (error) {
      this.tell(`The sounds cannot be played: ${error.message}`);
      return;
    }
    this.duration = Math.max(...this.buffers.map((buffer) => buffer.duration));
    this.arrange();
    this.fillAbx();
    this.choose(this.chosen);
    if (plays) this.play();
    this.element.dataset.ready = "true";
  }

  /** Stop, and let go of the sounds. */
  close() {
    this.pause();
    this.closed = true;
    this.buffers = null;
    this.graph = null;
  }

  levels() {
    return levelsOf(this.group, this.chosen, this.set);
  }

  position() {
    if (!this.graph?.playing) return this.at;
    return this.graph.position(Player.context.currentTime);
  }

  play() {
    if (!this.buffers) return;
    const { rate } = this.spec;
    if (Player.context?.sampleRate !== rate) {
      Player.context?.close();
      Player.context = new AudioContext({ sampleRate: rate });
    }
    Player.context.resume();
    this.graph = new SoundGraph(Player.context, this.buffers);
    this.start(this.at);
    this.find("[data-do=play] .word").textContent = "Pause";
  }

  start(offset) {
    const when = Player.context.currentTime + LEAD_SECONDS;
    this.graph.start(this.levels(), when, offset, this.region, this.set.repeat);
    cancelAnimationFrame(this.frame);
    this.follow();
  }

  pause() {
    this.at = this.position();
    if (this.graph?.playing) this.graph.stop(Player.context.currentTime + LEAD_SECONDS);
    cancelAnimationFrame(this.frame);
    this.find("[data-do=play] .word").textContent = "Play";
  }

  seek(seconds) {
    this.at = Math.min(Math.max(seconds, 0), this.duration ?? 0);
    if (this.graph?.playing) this.start(this.at);
    this.showPosition();
  }

  /** Hear another sound from the next moment on. */
  choose(place) {
    this.chosen = place;
    this.change();
  }

  change() {
    if (!this.buffers) return;
    this.graph?.switchTo(this.levels(), (Player.context?.currentTime ?? 0) + LEAD_SECONDS);
    for (const button of this.all(`.group[data-of="${this.number}"] .sound`)) {
      const chosen = Number(button.dataset.sound) === this.chosen && !this.set.abx;
      button.setAttribute("aria-pressed", chosen);
    }
    this.draw();
    this.showPosition();
    if (!this.set.abx) this.tell(this.describe());
  }

  describe() {
    const { matched, difference } = this.set;
    const sound = this.group.sounds[this.chosen];
    if (this.set.blind) return "Names, scores and pictures are hidden.";
    const decibels = (20 * Math.log10(sound.match)).toFixed(1).replace("-0.0", "0.0");
    const level = matched
      ? `at equal loudness (${decibels < 0 ? "" : "+"}${decibels} dB)`
      : "at its own level";
    return difference ? `${sound.title} minus the reference, ${level}.` : `${sound.title}, ${level}.`;
  }

  /** The lines in a hidden order while blind, else as they were; the keys follow the lines. */
  arrange() {
    const body = this.find(`.group[data-of="${this.number}"] tbody`);
    const of = (row) => Number(row.querySelector(".sound")?.dataset.sound ?? 1e9);
    const rows = [...body.rows].sort((one, other) => of(one) - of(other));
    if (this.set.blind) {
      for (let n = rows.length - 1; n > 0; n -= 1) {
        const other = crypto.getRandomValues(new Uint32Array(1))[0] % (n + 1);
        [rows[n], rows[other]] = [rows[other], rows[n]];
      }
    }
    body.append(...rows);
    this.order = rows.map((row) => row.querySelector(".sound")).filter(Boolean);
    this.order.forEach((button, n) => {
      const name = button.querySelector(".name");
      name.dataset.name ??= name.textContent;
      name.textContent = this.set.blind ? `Sound ${String.fromCharCode(65 + n)}` : name.dataset.name;
      button.querySelector("kbd").textContent = n < 9 ? n + 1 : "";
    });
    this.element.classList.toggle("hidden-names", this.set.blind || this.set.abx);
  }

  // ABX.

  fillAbx() {
    for (const select of this.all("[data-abx]")) {
      select.replaceChildren(
        ...this.group.sounds.map((sound, place) => new Option(sound.title, place)),
      );
    }
    const { reference, first } = this.group;
    this.find("[data-abx=a]").value = first;
    this.find("[data-abx=b]").value = reference >= 0 ? reference : 0;
    this.restart();
  }

  restart() {
    this.abx = new Abx();
    this.find(".tally").textContent = "No answer yet.";
    if (this.set.abx) this.hear("x");
  }

  hear(name) {
    const letter = name === "x" ? (this.abx.xIsA ? "a" : "b") : name;
    this.choose(Number(this.find(`[data-abx=${letter}]`).value));
    for (const button of this.all("[data-hear]"))
      button.setAttribute("aria-pressed", button.dataset.hear === name);
    this.tell(`Hearing ${name.toUpperCase()}.`);
  }

  answer(letter) {
    const right = this.abx.answer(letter === "a");
    const { trials, p } = this.abx;
    this.find(".tally").textContent =
      `${right ? "Right" : "Wrong"}. ${this.abx.right} of ${trials} right; by guessing, so many or ` +
      `more come with p = ${p.toPrecision(2)}.`;
    this.hear("x");
  }

  // Pictures.

  draw() {
    const [wave, spectrum] = [this.find(".wave"), this.find(".spectrum")];
    if (this.set.blind || this.set.abx) {
      cleared(wave);
      cleared(spectrum);
      return;
    }
    const { difference } = this.set;
    const levels = levelsOf(this.group, this.chosen, { ...this.set, difference: false });
    const of = (place) => {
      const alone = levelsOf(this.group, place, { ...this.set, difference: false });
      return [this.buffers[place], alone[place]];
    };
    const { reference } = this.group;
    const both = difference && reference >= 0;
    const mono = both
      ? monoOf(this.buffers[this.chosen], levels[this.chosen], ...of(reference))
      : monoOf(this.buffers[this.chosen], levels[this.chosen]);
    const style = getComputedStyle(this.element);
    const button = this.order.find((one) => Number(one.dataset.sound) === this.chosen);
    const waves = [[mono, getComputedStyle(button.querySelector("i")).color]];
    const behind = reference >= 0 && reference !== this.chosen;
    if (behind) waves.unshift([monoOf(...of(reference)), style.getPropertyValue("--behind")]);
    const full = Math.max(...waves.map(([s]) => s.reduce((most, v) => Math.max(most, Math.abs(v)), 0)));
    drawWaves(wave, waves, full || 1);
    drawSpectrogram(spectrum, mono, this.spec.rate);
  }

  follow() {
    this.showPosition();
    const ended = !this.set.repeat && this.position() >= this.duration;
    if (ended) {
      this.pause();
      this.at = 0;
      return;
    }
    this.frame = requestAnimationFrame(() => this.follow());
  }

  showPosition() {
    const [now, all] = [this.position(), this.duration ?? 0];
    this.find(".head").style.left = `${(100 * now) / (all || 1)}%`;
    const begin = this.spec.start;
    this.find(".clock").textContent = `${(begin + now).toFixed(1)} of ${(begin + all).toFixed(1)} s`;
    const shade = this.find(".region");
    shade.style.display = this.region ? "block" : "none";
    if (!this.region) return;
    shade.style.left = `${(100 * this.region.start) / all}%`;
    shade.style.width = `${(100 * (this.region.end - this.region.start)) / all}%`;
  }

  /** Repeat a part; null: all of it. A part is at least 50 ms long. */
  loop(start, end) {
    const whole = start === null || end - start < 0.05;
    this.region = whole ? null : { start: Math.max(start, 0), end: Math.min(end, this.duration) };
    if (this.region && !this.set.repeat) this.toggle("repeat");
    if (this.graph?.playing) this.start(this.position());
    this.showPosition();
  }

  toggle(name) {
    const box = this.find(`[data-set=${name}]`);
    if (box.disabled) return;
    box.checked = !box.checked;
    this.changed(box);
  }

  changed(box) {
    const name = box.dataset.set;
    this.set[name] = box.checked;
    if (name === "repeat" && this.graph?.playing) this.start(this.position());
    if (!this.buffers) return;
    if (name === "blind" || name === "abx") {
      const other = this.find(`[data-set=${name === "abx" ? "blind" : "abx"}]`);
      if (box.checked && other.checked) {
        other.checked = false;
        this.set[other.dataset.set] = false;
      }
      this.find(".abx").hidden = !this.set.abx;
      for (const one of this.all(".group")) one.classList.toggle("off", this.set.abx);
      this.arrange();
      if (name === "abx" && box.checked) return this.restart();
    }
    this.change();
  }

  #wire() {
    const actions = {
      play: () => (this.graph?.playing ? this.pause() : this.play()),
      from: () => this.loop(this.position(), this.region?.end ?? this.duration),
      to: () => this.loop(this.region?.start ?? 0, this.position()),
      whole: () => this.loop(null, null),
      restart: () => this.restart(),
    };
    this.actions = actions;
    this.element.addEventListener("click", (event) => {
      const { dataset } = event.target.closest("button") ?? {};
      if (!dataset) return;
      if (dataset.do) actions[dataset.do]();
      if (dataset.sound && this.buffers) this.choose(Number(dataset.sound));
      if (dataset.group) this.open(Number(dataset.group));
      if (dataset.hear) this.hear(dataset.hear);
      if (dataset.answer) this.answer(dataset.answer);
    });
    this.element.addEventListener("change", (event) => {
      if (event.target.dataset.set) this.changed(event.target);
      if (event.target.dataset.abx) this.restart();
    });
    const stage = this.find(".stage");
    const place = (event) => {
      const { left, width } = stage.getBoundingClientRect();
      return ((event.clientX - left) / width) * (this.duration ?? 0);
    };
    stage.addEventListener("pointerdown", (event) => {
      stage.setPointerCapture(event.pointerId);
      this.grip = { seconds: place(event), x: event.clientX };
    });
    stage.addEventListener("pointerup", (event) => {
      const { seconds, x } = this.grip ?? {};
      this.grip = null;
      if (x === undefined) return;
      const end = place(event);
      if (Math.abs(event.clientX - x) < 5) this.seek(end);
      else this.loop(Math.min(seconds, end), Math.max(seconds, end));
    });
  }

  /** Act on a key; returns whether it did. */
  key(event) {
    const { key } = event;
    const name = key.toLowerCase();
    const step = event.shiftKey ? 5 : 1;
    if (key === " ") this.actions.play();
    else if (key === "ArrowLeft") this.seek(this.position() - step);
    else if (key === "ArrowRight") this.seek(this.position() + step);
    else if ("[]\\".includes(key)) this.actions[{ "[": "from", "]": "to", "\\": "whole" }[key]]();
    else if (name in SWITCHES) this.toggle(SWITCHES[name]);
    else if (!this.buffers) return false;
    else if (this.set.abx && "12345".includes(key)) {
      if (key < "4") this.hear("abx"[key - 1]);
      else this.answer(key === "4" ? "a" : "b");
    } else if (!this.set.abx && key >= "1" && key <= "9") this.order[key - 1]?.click();
    else if (!this.set.abx && (key === "ArrowUp" || key === "ArrowDown")) {
      const now = this.order.findIndex((one) => Number(one.dataset.sound) === this.chosen);
      const next = now + (key === "ArrowDown" ? 1 : -1);
      this.order[Math.min(Math.max(next, 0), this.order.length - 1)]?.click();
    } else return false;
    return true;
  }
}
