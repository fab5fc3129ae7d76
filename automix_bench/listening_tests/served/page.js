"use strict";
const HEARD_SECONDS = 1;
const main = document.getElementById("main");
const problem = document.getElementById("problem");
const progress = document.getElementById("progress");
let test = null;
let state = null;
let player = null;

// A node with attributes and children; text is always text, never HTML.
function node(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function paragraphs(text) {
  return text.split(/\n\s*\n/).filter((part) => part.trim()).map((part) => node("p", {}, part));
}

async function ask(action, fields) {
  problem.textContent = "";
  let answer;
  try {
    answer = await fetch(action, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fields),
    });
  } catch (error) {
    problem.textContent = "The server does not answer. Nothing is lost: try again in a moment.";
    return false;
  }
  const content = await answer.json();
  if (!answer.ok) {
    problem.textContent = "Not kept: " + content.error;
    return false;
  }
  state = content;
  remember("session", state.session);
  return true;
}

function remember(name, value) {
  try { localStorage.setItem("listen " + test.id + " " + name, value); } catch (error) { /* private window */ }
}

function remembered(name) {
  try { return localStorage.getItem("listen " + test.id + " " + name); } catch (error) { return null; }
}

function show(step, ...children) {
  if (player) { player.close(); player = null; }
  main.replaceChildren(...children);
  main.dataset.step = step;
  window.scrollTo(0, 0);
  main.focus({ preventScroll: true });
}

function next() {
  const left = state.pages.filter((page) => !state.rated.includes(page.id));
  progress.textContent = "";
  if (state.finished) return end();
  if (!state.consented) return consent();
  if (!state.trained) return training();
  if (left.length) {
    progress.textContent = "Page " + (state.rated.length + 1) + " of " + state.pages.length;
    return rating(left[0], false);
  }
  return questions();
}

function consent() {
  const button = node("button", { class: "main", id: "next", disabled: Boolean(test.consent), onclick: async () => {
    if (await ask("consent", { session: state.session })) next();
  } }, "Go on");
  const box = node("input", { type: "checkbox", id: "agree", onchange: () => { button.disabled = !box.checked; } });
  show("consent",
    ...(test.consent ? [node("h2", {}, "Taking part"), ...paragraphs(test.consent),
      node("label", {}, box, " I give consent.")] : paragraphs("Welcome.")),
    node("div", { class: "bar" }, button));
}

function training() {
  progress.textContent = "Training";
  rating(state.training, true);
}

function soundName(index) { return String.fromCharCode(65 + index); }

// The page on which sounds are heard and rated: rows of sliders, or one axis with markers.
function rating(page, isTraining) {
  const sounds = page.stimuli;
  const draft = readDraft(page.id);
  const scores = sounds.map((sound) => (sound.id in draft.scores ? draft.scores[sound.id] : null));
  const heard = sounds.map((sound) => draft.heard[sound.id] || 0);
  const plays = sounds.map((sound) => draft.plays[sound.id] || 0);
  const began = performance.now();
  let last = performance.now();
  let ready = false;

  const button = node("button", { class: "main", id: "next", disabled: true, onclick: send },
    isTraining ? "Start the test" : "Keep and go on");
  const status = node("p", { id: "left", "aria-live": "polite" }, "");
  const stop = node("button", { id: "pause", disabled: true, onclick: toggle }, "Play");
  const time = node("span", { class: "time" }, "0.0 s");
  const head = node("div", { class: "head" });
  const region = node("div", { class: "region" });
  const track = node("div", { class: "track wide", "aria-hidden": "true" }, region, head);
  const reference = page.reference && node("button",
    { id: "reference", "aria-pressed": "false", disabled: true, onclick: () => choose(sounds.length) }, "Reference");
  const controls = test.method === "ape" ? axis() : rows();

  show(isTraining ? "training" : "rating",
    node("h2", { id: "question" }, test.question),
    ...(isTraining ? [...paragraphs(test.instructions), node("p", {}, "This is a training page: try everything. It does not count.")] : []),
    node("div", { class: "bar" }, stop, ...(reference ? [reference] : []), track, time),
    node("div", { class: "bar" },
      node("button", { id: "loop-from", onclick: () => cut(0) }, "Loop from here"),
      node("button", { id: "loop-to", onclick: () => cut(1) }, "Loop to here"),
      node("button", { id: "loop-all", onclick: () => player.loop(0, player.seconds) }, "Loop all")),
    ...controls.nodes, status, node("div", { class: "bar" }, button),
    node("details", {}, node("summary", {}, "Keys"),
      node("p", {}, ...keys("1", "9"), " play a sound · ", ...(reference ? [node("kbd", {}, "0"), " the reference · "] : []),
        node("kbd", {}, "space"), " play and pause · ", node("kbd", {}, "←"), " ", node("kbd", {}, "→"), " move the rating in focus · ",
        node("kbd", {}, "["), " ", node("kbd", {}, "]"), " loop from and to here · ", node("kbd", {}, "Esc"), " loop all")));

  player = new Player(tick);
  const files = [...sounds, ...(page.reference ? [page.reference] : [])].map((sound) => sound.file);
  player.load(files).then(() => {
    ready = true;
    main.dataset.ready = page.id;
    stop.disabled = false;
    if (reference) reference.disabled = false;
    controls.enable();
    refresh();
  }, (error) => { problem.textContent = "The sounds could not be loaded: " + error.message; });
  status.textContent = "Loading the sounds …";
  dragTrack(track);
  main.onkeys = onKeys;

  function keys(...names) { return [node("kbd", {}, names[0]), " … ", node("kbd", {}, names[1])]; }

  function choose(index) {
    if (!ready) return;
    if (index < sounds.length && (!player.playing || player.current !== index)) plays[index] += 1;
    player.play(index);
    refresh();
  }

  function toggle() {
    if (!ready) return;
    if (player.playing) player.pause();
    else choose(player.current >= 0 ? player.current : (reference ? sounds.length : 0));
    refresh();
  }

  function rate(index, value) {
    scores[index] = Math.max(0, Math.min(100, Math.round(value)));
    if (!player.playing || player.current !== index) choose(index); // one rates what plays
    refresh();
  }

  function cut(end) {
    if (!ready) return;
    const bounds = [...player.region];
    bounds[end] = player.position();
    player.loop(bounds[0], bounds[1]);
  }

  function tick() {
    const now = performance.now();
    const index = player.current;
    if (ready && player.playing && index < sounds.length) {
      const before = heard[index];
      heard[index] += (now - last) / 1000;
      if (before < enough() && heard[index] >= enough()) refresh();
    }
    last = now;
    if (!ready) return;
    const at = player.position();
    time.textContent = at.toFixed(1) + " s";
    head.style.left = (100 * at / player.seconds) + "%";
    region.style.left = (100 * player.region[0] / player.seconds) + "%";
    region.style.width = (100 * (player.region[1] - player.region[0]) / player.seconds) + "%";
  }

  function enough() { return Math.min(HEARD_SECONDS, player.seconds); }

  function refresh() {
    if (!ready) return;
    const toHear = sounds.filter((_, i) => heard[i] < enough()).length;
    const toRate = scores.filter((score) => score === null).length;
    stop.textContent = player.playing ? "Pause" : "Play";
    if (reference) reference.setAttribute("aria-pressed", String(player.playing && player.current === sounds.length));
    controls.refresh();
    button.disabled = toHear + toRate > 0;
    status.textContent = toHear + toRate ? "Still to hear: " + toHear + ". Still to rate: " + toRate + "." : "All heard and rated.";
    writeDraft(page.id, sounds, scores, heard, plays);
  }

  async function send() {
    button.disabled = true;
    const by = (values) => Object.fromEntries(sounds.map((sound, i) => [sound.id, values[i]]));
    const kept = isTraining ? await ask("trained", { session: state.session }) : await ask("rate", {
      session: state.session, page: page.id, ratings: by(scores), plays: by(plays),
      seconds: Math.round(performance.now() - began) / 1000,
    });
    if (kept) { forgetDraft(page.id); next(); } else button.disabled = false;
  }

  function rows() {
    const words = ["bad", "poor", "fair", "good", "excellent"];
    const made = sounds.map((sound, i) => {
      const name = soundName(i);
      const playButton = node("button", { class: "play", "aria-pressed": "false", disabled: true, onclick: () => choose(i) }, "Play " + name);
      const slider = node("input", { type: "range", min: 0, max: 100, step: 1, value: scores[i] === null ? 50 : scores[i], disabled: true,
        "aria-label": "Rating of sound " + name, oninput: () => rate(i, Number(slider.value)) });
      const output = node("output", {}, "–");
      const note = node("p", { class: "state" }, "");
      return { playButton, slider, output, note, row: node("div", { class: "sound", role: "group", "aria-label": "Sound " + name }, playButton, slider, output, note) };
    });
    return {
      nodes: [node("div", { class: "words", "aria-hidden": "true" }, node("span", {}, ...words.map((word) => node("b", {}, word)))), ...made.map((one) => one.row)],
      enable: () => made.forEach((one) => { one.playButton.disabled = one.slider.disabled = false; }),
      refresh: () => made.forEach((one, i) => {
        one.playButton.setAttribute("aria-pressed", String(player.playing && player.current === i));
        one.slider.classList.toggle("unrated", scores[i] === null);
        one.output.textContent = scores[i] === null ? "–" : scores[i];
        one.slider.setAttribute("aria-valuetext", scores[i] === null ? "not rated" : scores[i] + ", " + words[Math.min(4, Math.floor(scores[i] / 20))]);
        describe(one.note, i);
      }),
    };
  }

  function describe(note, i) {
    const parts = [heard[i] < enough() ? "not heard yet" : "heard", scores[i] === null ? "not rated yet" : "rated"];
    note.textContent = parts.join(" · ");
    note.classList.toggle("done", heard[i] >= enough() && scores[i] !== null);
  }

  function axis() {
    const lane = 3; // rem
    const height = lane * sounds.length + 0.5;
    const bar = node("div", { class: "axis" });
    bar.style.height = height + "rem";
    const made = sounds.map((sound, i) => {
      const marker = node("button", { role: "slider", "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": "Sound " + soundName(i), disabled: true }, soundName(i));
      marker.style.top = lane * i + "rem";
      marker.style.setProperty("--drop", (height - lane * i - 2.75) + "rem");
      let start = null;
      let moved = false;
      marker.addEventListener("pointerdown", (event) => { marker.setPointerCapture(event.pointerId); start = event.clientX; moved = false; });
      marker.addEventListener("pointermove", (event) => {
        if (start === null) return;
        if (Math.abs(event.clientX - start) > 3) moved = true;
        const box = bar.getBoundingClientRect();
        if (moved) rate(i, 100 * (event.clientX - box.left) / box.width);
      });
      marker.addEventListener("pointerup", () => { start = null; });
      marker.addEventListener("click", () => { if (!moved) choose(i); moved = false; });
      marker.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -100, End: 100 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        rate(i, (scores[i] === null ? 50 : scores[i]) + step);
      });
      bar.append(marker);
      return marker;
    });
    const note = node("p", { class: "state" }, "Drag a letter to rate its sound; press it to hear it.");
    return {
      nodes: [bar, node("div", { class: "ends", "aria-hidden": "true" }, node("span", {}, "worst"), node("span", {}, "best")), note],
      enable: () => made.forEach((marker) => { marker.disabled = false; }),
      refresh: () => made.forEach((marker, i) => {
        const score = scores[i] === null ? 50 : scores[i];
        marker.style.left = score + "%";
        marker.setAttribute("aria-valuenow", score);
        const on = player.playing && player.current === i;
        const parts = [scores[i] === null ? "not rated" : String(score), ...(heard[i] < enough() ? ["not heard"] : []), ...(on ? ["playing"] : [])];
        marker.setAttribute("aria-valuetext", parts.join(", "));
        marker.classList.toggle("on", on);
        marker.classList.toggle("done", heard[i] >= enough() && scores[i] !== null);
      }),
    };
  }

  function dragTrack(bar) {
    let from = null;
    const second = (event) => {
      const box = bar.getBoundingClientRect();
      return player.seconds * Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    };
    bar.addEventListener("pointerdown", (event) => { if (ready) { from = second(event); bar.setPointerCapture(event.pointerId); } });
    bar.addEventListener("pointerup", (event) => {
      if (from === null) return;
      const to = second(event);
      player.loop(Math.min(from, to), Math.max(from, to)); // a click loops all
      from = null;
    });
  }

  function onKeys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !ready) return;
    const at = event.target;
    if (/^(TEXTAREA|SELECT)$/.test(at.tagName) || (at.tagName === "INPUT" && at.type !== "range")) return;
    if (event.key >= "1" && event.key <= "9" && Number(event.key) <= sounds.length) choose(Number(event.key) - 1);
    else if (event.key === "0" && reference) choose(sounds.length);
    else if (event.key === " " && !/^(BUTTON|SUMMARY)$/.test(at.tagName)) toggle();
    else if (event.key === "[") cut(0);
    else if (event.key === "]") cut(1);
    else if (event.key === "Escape") player.loop(0, player.seconds);
    else return;
    event.preventDefault();
  }
}

// Ratings of a page that is not sent yet, so that a reload keeps them.
function readDraft(id) {
  try {
    const draft = JSON.parse(remembered("draft " + state.session + " " + id));
    if (draft && draft.scores && draft.heard && draft.plays) return draft;
  } catch (error) { /* no draft */ }
  return { scores: {}, heard: {}, plays: {} };
}

function writeDraft(id, sounds, scores, heard, plays) {
  const draft = { scores: {}, heard: {}, plays: {} };
  sounds.forEach((sound, i) => {
    if (scores[i] !== null) draft.scores[sound.id] = scores[i];
    draft.heard[sound.id] = heard[i];
    draft.plays[sound.id] = plays[i];
  });
  remember("draft " + state.session + " " + id, JSON.stringify(draft));
}

function forgetDraft(id) {
  try { localStorage.removeItem("listen " + test.id + " draft " + state.session + " " + id); } catch (error) { /* private window */ }
}

function questions() {
  progress.textContent = "Questions";
  const fields = test.questions.map((question) => {
    const id = "question-" + question.name;
    const label = question.label + (question.optional ? " (optional)" : "");
    if (question.kind === "choice") {
      const inputs = question.options.map((option) => node("input", { type: "radio", name: question.name, value: option }));
      return {
        value: () => (inputs.find((input) => input.checked) || { value: "" }).value,
        shown: node("fieldset", {}, node("legend", {}, label), ...inputs.map((input) => node("label", {}, input, " " + input.value))),
      };
    }
    const input = node("input", { type: "text", id, maxlength: 2000, inputmode: question.kind === "number" ? "decimal" : "text", autocomplete: "off" });
    return { value: () => input.value, shown: node("div", {}, node("label", { for: id }, label), input) };
  });
  const button = node("button", { class: "main", id: "next", onclick: async () => {
    const missing = test.questions.find((question, i) => !question.optional && !fields[i].value().trim());
    if (missing) { problem.textContent = "Please answer: " + missing.label; return; }
    const answers = Object.fromEntries(test.questions.map((question, i) => [question.name, fields[i].value().trim()]));
    if (await ask("answer", { session: state.session, answers })) next();
  } }, "Finish");
  show("questions", node("h2", {}, "Almost done"), ...fields.map((field) => field.shown), node("div", { class: "bar" }, button));
}

function end() {
  const code = state.completion_code;
  show("end", node("h2", {}, "Thank you"), node("p", {}, "Your ratings are kept. You may close this page."),
    ...(code ? [node("p", {}, "Your completion code:"), node("p", { class: "code", id: "code" }, code),
      node("p", {}, node("a", { href: "https://app.prolific.com/submissions/complete?cc=" + encodeURIComponent(code) }, "Back to Prolific"))] : []));
}

document.addEventListener("keydown", (event) => {
  if (main.onkeys && (main.dataset.step === "rating" || main.dataset.step === "training")) main.onkeys(event);
});

(async () => {
  const answer = await fetch("test.json");
  test = await answer.json();
  document.title = test.title;
  document.getElementById("title").textContent = test.title;
  const given = new URLSearchParams(location.search);
  const prolific = {};
  for (const name of ["PROLIFIC_PID", "STUDY_ID", "SESSION_ID"]) if (given.has(name)) prolific[name] = given.get(name).slice(0, 200);
  if (await ask("begin", { session: remembered("session"), prolific })) next();
})().catch((error) => { problem.textContent = "The test could not be opened: " + error.message; });
