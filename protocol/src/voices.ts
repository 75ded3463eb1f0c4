/** How speakers are called of whose microphone several voices were heard: the bridge writes it, and readers of transcripts know it again. */

const WORDS = { en: 'speaker', fr: 'voix' } as const;

/** @param voice a number: which of the voices on the microphone of `name` */
export function voiceName(name: string, voice: string, language: keyof typeof WORDS): string {
  return `${name} – ${WORDS[language]} ${voice}`;
}

const VOICE = new RegExp(`^ – (?:${Object.values(WORDS).join('|')}) \\d+$`);

/** Is it one of the voices on this person's microphone, in whatever language it was written? */
export function isVoiceOf(name: string, voice: string): boolean {
  return voice.startsWith(name) && VOICE.test(voice.slice(name.length));
}
