import { expect, test } from '@jest/globals';
import { otherWatchers } from './room-members.ts';

const there = (userId: string, membership: 'join' | 'invite' = 'join') => ({ userId, membership });

test('watchers of other organisations: in the room, by the usual name or that of our own, never our own', () => {
  const rows = [
    there('@palabre:ours.example'),
    there('@palabre:north.example'),
    there('@calls:south.example'),
    there('@palabre:east.example:8448', 'invite'),
    there('@palabre-scribe:north.example'),
    there('@alice:north.example'),
  ];
  expect(otherWatchers(rows, '@palabre:ours.example')).toEqual(['@palabre:north.example']);
  expect(otherWatchers(rows, '@calls:ours.example')).toEqual([
    '@palabre:ours.example',
    '@palabre:north.example',
    '@calls:south.example',
  ]);
});
