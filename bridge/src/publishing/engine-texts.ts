import type { EngineProvenance } from '@palabre/protocol';

/** How transcripts name the speech engines that their text comes from. */

type Say = (engines: readonly EngineProvenance[]) => readonly string[];

interface Words {
  readonly by: string;
  readonly here: string;
  readonly at: (place: string) => string;
  readonly run: (operator: string) => string;
  readonly nobodyNamed: string;
  readonly lastResort: (model: string) => string;
  readonly colon: string;
}

const SHOWN_OF_HASH = 12;

const say =
  (words: Words): Say =>
  (engines) => {
    if (engines.length === 0) return [];
    const named = engines.map(({ model, version, sha256, place, operator }) => {
      const facts = [
        ...(version === undefined ? [] : [version]),
        ...(sha256 === undefined ? [] : [`sha256 ${sha256.slice(0, SHOWN_OF_HASH)}…`]),
        place === 'loopback' ? words.here : words.at(place),
        ...(operator === undefined ? (place === 'loopback' ? [] : [words.nobodyNamed]) : [words.run(operator)]),
      ];
      return `${model} (${facts.join(', ')})`;
    });
    const lastResorts = engines.filter((engine) => engine.last_resort === true);
    return [
      `${words.by}${words.colon} ${named.join('; ')}.`,
      ...lastResorts.map(({ model }) => words.lastResort(model)),
    ];
  };

export const ENGINES_EN = say({
  by: 'Text by automatic speech recognition',
  colon: ':',
  here: 'on the server of this service',
  at: (place) => `at ${place}`,
  run: (operator) => `operated by ${operator}`,
  nobodyNamed: 'operator not stated',
  lastResort: (model) =>
    `Part of it comes from ${model}, a small model that was used because no better one was available: read it with care.`,
});

export const ENGINES_FR = say({
  by: 'Texte produit par reconnaissance vocale automatique',
  colon: '\u00a0:',
  here: 'sur le serveur de ce service',
  at: (place) => `hébergé par ${place}`,
  run: (operator) => `exploité par ${operator}`,
  nobodyNamed: 'exploitant non précisé',
  lastResort: (model) =>
    `Une partie vient de ${model}, un petit modèle utilisé faute de mieux\u00a0: à lire avec prudence.`,
});
