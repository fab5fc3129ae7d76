"use strict";
// Sounds as text in scripts: `fetch` and media elements are mute on a page that is opened from disk.

const arriving = new Map(); // by the key of a sound: what waits for it

/** Called by the script of each sound. */
globalThis.soundArrived = (key, text) => {
  arriving.get(key)?.(text);
  arriving.delete(key);
};

/** The base64 of a sound: inside the page, or in a script beside it. */
function soundText(key) {
  const inside = document.querySelector(`script[data-sound="${CSS.escape(key)}"]`);
  if (inside) return Promise.resolve(inside.textContent);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    arriving.set(key, (text) => {
      script.remove();
      resolve(text);
    });
    script.onerror = () => reject(new Error(`${key}.js is not beside this page`));
    script.src = `${key}.js`;
    document.head.append(script);
  });
}

/** A sound as an AudioBuffer at its own rate, times its scale, with faded ends. */
async function decodedSound(sound, rate) {
  const binary = atob((await soundText(sound.key)).trim());
  const bytes = new Uint8Array(binary.length);
  for (let n = 0; n < binary.length; n += 1) bytes[n] = binary.charCodeAt(n);
  const decoder = new OfflineAudioContext(2, 1, rate);
  const buffer = await decoder.decodeAudioData(bytes.buffer);
  return fadeEnds(buffer);
}

/** The gain of each sound: of the chosen one, minus that of the reference for a difference. */
function levelsOf(group, chosen, { matched, difference }) {
  const level = (place) =>
    group.sounds[place].scale * (matched ? group.sounds[place].match : group.common);
  const levels = group.sounds.map((_, place) => (place === chosen ? level(place) : 0));
  if (difference && group.reference >= 0) levels[group.reference] -= level(group.reference);
  return levels;
}
