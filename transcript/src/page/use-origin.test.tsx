/** @jest-environment jsdom */
import { describe, expect, test } from '@jest/globals';
import type { TranscriptBlock } from '@palabre/protocol';
import { renderHook } from '@testing-library/react';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en, fr } from '../words/index.ts';
import { useOrigin } from './use-origin.ts';

async function originIn(lng: 'en' | 'fr', block: Pick<TranscriptBlock, 'model' | 'provenance'>): Promise<string> {
  const resources = { en: { translation: en }, fr: { translation: fr } };
  await i18next.use(initReactI18next).init({ lng, resources, interpolation: { escapeValue: false } });
  const { result, unmount } = renderHook(() => useOrigin(block));
  const origin = result.current;
  unmount();
  return origin;
}
const BASE = { model: 'base', place: 'loopback', operator: 'town.example', lines: 4 };
const LARGE = { model: 'large', place: 'speech.example', operator: 'Sons & Co', lines: 2 };

describe('what a transcript comes from', () => {
  test('names each engine, where it runs and who operates it', async () => {
    const block = { model: 'base', provenance: [BASE, LARGE] };
    expect(await originIn('en', block)).toBe(
      'Written by a program that recognises speech (model: base, on the note taker’s own server, operated by town.example; model: large, at speech.example, operated by Sons & Co)',
    );
    expect(await originIn('fr', block)).toBe(
      'Écrit par un programme de reconnaissance vocale (modèle\u00a0: base, sur le serveur du preneur de notes, exploité par town.example\u202f; modèle\u00a0: large, hébergé par speech.example, exploité par Sons & Co)',
    );
  });

  test('says where the operator of an engine elsewhere is missing', async () => {
    const provenance = [{ model: 'large', place: 'speech.example', lines: 2 }];
    expect(await originIn('en', { model: 'large', provenance })).toContain('at speech.example, operator not stated');
  });

  test('has the model alone where nothing else was told', async () => {
    expect(await originIn('en', { model: 'base' })).toBe('Written by a program that recognises speech (model: base)');
  });
});
