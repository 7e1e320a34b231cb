/** Two short tones, where the operator switched sound on in this browser. */
const SOUND = "sc_sound";

export function sounds() {
  return localStorage.getItem(SOUND) === "on";
}

export function switchSound() {
  localStorage.setItem(SOUND, sounds() ? "off" : "on");
}

export function ring() {
  if (!sounds()) return;
  const audio = new AudioContext();
  for (const [from, pitch] of [[0, 880], [0.22, 660]]) {
    const tone = new OscillatorNode(audio, { frequency: pitch });
    const volume = new GainNode(audio, { gain: 0.15 });
    tone.connect(volume).connect(audio.destination);
    tone.start(audio.currentTime + from);
    tone.stop(audio.currentTime + from + 0.18);
  }
  setTimeout(() => audio.close(), 1000);
}
