/** A speech engine: the sound of one track in, text out. */
export interface SpeechEngine {
  /** What the configuration calls its model. */
  readonly model: string;
  readonly capabilities: EngineCapabilities;
  /** The only languages it knows (ISO 639-1); undefined: many. */
  readonly languages: readonly string[] | undefined;
  /**
   * @param signal ends the request when its time is over
   * @throws SpeechUnavailable when trying again later, or elsewhere, may help
   * @throws SpeechRejected when this sound will never be taken
   */
  transcribe(request: SpeechRequest, signal: AbortSignal): Promise<SpokenText>;
  /** Whether it says of itself that it can work. */
  isHealthy(signal: AbortSignal): Promise<boolean>;
  /** What it says of its model; empty where it says nothing. @throws when it cannot say it now */
  describe(signal: AbortSignal): Promise<ModelFacts>;
  /** Tracks whose name begins so are gone: what is remembered of their voices goes, too. */
  forget(prefix: string): void;
  close(): void;
}

/** Where an engine is. */
export interface EngineEndpoint {
  /** `http(s)`, without a slash at its end. */
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
  readonly languages?: readonly string[] | undefined;
}

export interface EngineCapabilities {
  /** Says when each word was said. */
  readonly wordTimes: boolean;
  /** Finds out which language it hears. */
  readonly languageDetection: boolean;
  /** Tells the voices on one track apart. */
  readonly diarization: boolean;
  /** Goes on where it was: of an utterance that grows it is sent only what is new. */
  readonly streaming: boolean;
  /** Quick enough for text of what is still being said. */
  readonly interim: boolean;
}

export interface SpeechRequest {
  /** One track of one person in one call. */
  readonly track: string;
  /** Mono. */
  readonly pcm: Int16Array;
  readonly sampleRate: number;
  /** ISO 639-1; undefined: to be found out. */
  readonly language: string | undefined;
  /** False: no times of words, which cost time. */
  readonly words: boolean;
  /** Text of an utterance that goes on: others go first where the engine knows of priorities. */
  readonly interim: boolean;
}

export interface SpokenWord {
  readonly word: string;
  /** From the start of the given sound. */
  readonly startMs: number;
  readonly endMs: number;
}

/** What one voice said without another between. */
export interface SpokenTurn {
  /** Counted from 1 on each track; undefined: it could not be told which. */
  readonly voice: number | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  readonly words: readonly SpokenWord[];
}

export interface SpokenText {
  /** Empty when there was no speech. */
  readonly text: string;
  /** ISO 639-1, as the engine found it or was told. */
  readonly language: string | undefined;
  readonly words: readonly SpokenWord[];
  /** Of engines that tell voices apart. */
  readonly turns?: readonly SpokenTurn[];
}

export interface ModelFacts {
  readonly version?: string | undefined;
  /** Of the weights, in hex. */
  readonly sha256?: string | undefined;
}

export class SpeechUnavailable extends Error {
  override readonly name = 'SpeechUnavailable';
}
export class SpeechRejected extends Error {
  override readonly name = 'SpeechRejected';
}
