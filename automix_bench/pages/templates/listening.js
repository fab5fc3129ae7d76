const matched = document.querySelector("#matched input");
let playing = null;
const chosen = group => group.querySelector("input:checked").parentNode.querySelector("audio");
const level = audio => { audio.volume = matched.checked ? Number(audio.dataset.volume) : 1; };
const stop = () => {
  if (!playing) return;
  playing.audio.pause();
  playing.group.querySelector("button").textContent = "play";
  playing = null;
};
const start = (group, at) => {
  const audio = chosen(group);
  level(audio);
  audio.currentTime = at;
  audio.play();
  audio.onended = stop;
  group.querySelector("button").textContent = "stop";
  playing = { group, audio };
};
for (const group of document.querySelectorAll(".group")) {
  group.querySelector("button").onclick = () => {
    const mine = playing && playing.group === group;
    stop();
    if (!mine) start(group, 0);
  };
  for (const choice of group.querySelectorAll("input")) choice.onchange = () => {
    if (!playing || playing.group !== group) return;
    const at = playing.audio.currentTime;
    stop();
    start(group, at);
  };
}
matched.onchange = () => { if (playing) level(playing.audio); };
