import { describe, expect, test } from '@jest/globals';
import { textsFor } from './texts.ts';

const BASE = { model: 'base', version: '1.0', sha256: 'ab'.repeat(32), place: 'loopback' };
const TINY = { model: 'tiny.en', place: 'speech.example.org', operator: 'Example', last_resort: true };

describe('what a text comes from', () => {
  test('each engine in words, and a warning where the last resort was used', () => {
    expect(textsFor('en').engines([BASE, TINY])).toEqual([
      'Text by automatic speech recognition: base (1.0, sha256 abababababab…, on the server of this service); tiny.en (at speech.example.org, operated by Example).',
      'Part of it comes from tiny.en, a small model that was used because no better one was available: read it with care.',
    ]);
    expect(textsFor('fr').engines([TINY])).toEqual([
      'Texte produit par reconnaissance vocale automatique\u00a0: tiny.en (hébergé par speech.example.org, exploité par Example).',
      'Une partie vient de tiny.en, un petit modèle utilisé faute de mieux\u00a0: à lire avec prudence.',
    ]);
  });

  test('who operates an engine elsewhere is asked for', () => {
    const [sentence] = textsFor('en').engines([{ model: 'large', place: 'speech.example.org' }]);
    expect(sentence).toContain('operator not stated');
  });

  test('nothing is said of nothing', () => {
    expect(textsFor('en').engines([])).toEqual([]);
  });
});
