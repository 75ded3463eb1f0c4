import type { RecordingLayout } from '@palabre/protocol';

/** Where things go on the recorded picture. Pure. */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type PictureLayout = Exclude<RecordingLayout, 'audio'>;

export interface Layout {
  /** The shared screen, when there is one. */
  readonly screen?: Rect;
  /** One for each person that has room, in the given order; where somebody is shown large, the first. */
  readonly tiles: readonly Rect[];
  /** Persons without a tile of their own. */
  readonly hidden: number;
}

const GAP = 8;
const TILE_RATIO = 16 / 9;
const MOST_IN_GRID = 25;
const MOST_BESIDE_SCREEN = 5;
/** Of the width, for the column beside what is shown large. */
const COLUMN = 0.2;

/** Columns that make tiles of 16:9 as large as possible. */
function columnsFor(count: number, width: number, height: number): number {
  let best = 1;
  let bestArea = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const tileWidth = Math.min(
      (width - GAP * (columns + 1)) / columns,
      ((height - GAP * (rows + 1)) / rows) * TILE_RATIO,
    );
    if (tileWidth > bestArea) {
      bestArea = tileWidth;
      best = columns;
    }
  }
  return best;
}

function grid(count: number, area: Rect): Rect[] {
  if (count === 0) return [];
  const columns = columnsFor(count, area.width, area.height);
  const rows = Math.ceil(count / columns);
  const width = Math.min(
    (area.width - GAP * (columns + 1)) / columns,
    ((area.height - GAP * (rows + 1)) / rows) * TILE_RATIO,
  );
  const height = width / TILE_RATIO;
  const top = area.y + (area.height - rows * height - (rows - 1) * GAP) / 2;
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = area.x + (area.width - inRow * width - (inRow - 1) * GAP) / 2;
    return {
      x: Math.round(left + (index % columns) * (width + GAP)),
      y: Math.round(top + row * (height + GAP)),
      width: Math.round(width),
      height: Math.round(height),
    };
  });
}

/** One thing large, and a column of people beside it. */
function largeWithColumn(beside: number, width: number, height: number): { large: Rect; column: Rect[] } {
  const columnWidth = beside === 0 ? 0 : Math.round(width * COLUMN);
  const shown = Math.min(beside, MOST_BESIDE_SCREEN);
  const tileWidth = columnWidth - GAP;
  const tileHeight = Math.round(Math.min(tileWidth / TILE_RATIO, (height - GAP * (shown + 1)) / Math.max(1, shown)));
  const top = Math.round((height - shown * tileHeight - (shown - 1) * GAP) / 2);
  const right = beside === 0 ? GAP : columnWidth;
  return {
    large: { x: GAP, y: GAP, width: width - right - 2 * GAP + (beside === 0 ? GAP : 0), height: height - 2 * GAP },
    column: Array.from({ length: shown }, (_, index) => ({
      x: width - columnWidth,
      y: top + index * (tileHeight + GAP),
      width: tileWidth,
      height: tileHeight,
    })),
  };
}

/** @param sharing somebody shares their screen */
export function layoutOf(
  people: number,
  sharing: boolean,
  width: number,
  height: number,
  kind: PictureLayout = 'screen',
): Layout {
  const whole = { x: 0, y: 0, width, height };
  if (kind === 'grid' || (kind === 'screen' && !sharing)) {
    const shown = Math.min(people, sharing ? MOST_IN_GRID - 1 : MOST_IN_GRID);
    const rects = grid(sharing ? shown + 1 : shown, whole);
    const [screen, ...tiles] = rects;
    return sharing && screen !== undefined
      ? { screen, tiles, hidden: people - shown }
      : { tiles: rects, hidden: people - shown };
  }
  if (sharing) {
    const { large, column } = largeWithColumn(people, width, height);
    return { screen: large, tiles: column, hidden: people - column.length };
  }
  if (people === 0) return { tiles: [], hidden: 0 };
  const { large, column } = largeWithColumn(people - 1, width, height);
  return { tiles: [large, ...column], hidden: people - 1 - column.length };
}

/** Whoever is shown large. */
export interface Speaker {
  readonly identity: string;
  /** When they were last heard. */
  readonly heardMs: number;
}

/** Others are shown when whoever is large has been silent for so long: a cough changes nothing. */
const SPEAKER_HOLD_MS = 1_500;

/** @param speaking identities of those who are heard at this moment */
export function nextSpeaker(
  before: Speaker | undefined,
  speaking: readonly string[],
  nowMs: number,
): Speaker | undefined {
  if (before !== undefined && speaking.includes(before.identity)) return { ...before, heardMs: nowMs };
  if (before !== undefined && nowMs - before.heardMs < SPEAKER_HOLD_MS) return before;
  const [next] = speaking;
  return next === undefined ? before : { identity: next, heardMs: nowMs };
}

/** The largest rectangle of the picture's shape inside `area`, centred. */
export function contained(pictureWidth: number, pictureHeight: number, area: Rect): Rect {
  const scale = Math.min(area.width / pictureWidth, area.height / pictureHeight);
  const width = pictureWidth * scale;
  const height = pictureHeight * scale;
  return { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
}

/** The part of the picture that fills a tile, cutting away what does not fit its shape. */
export function coveringPart(pictureWidth: number, pictureHeight: number, tile: Rect): Rect {
  const scale = Math.max(tile.width / pictureWidth, tile.height / pictureHeight);
  const width = tile.width / scale;
  const height = tile.height / scale;
  return { x: (pictureWidth - width) / 2, y: (pictureHeight - height) / 2, width, height };
}

/** What a person would call letters, also in scripts that compose them. */
export function lettersOf(text: string): string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}

/** A steady colour for a person: a hue from their identity. */
export function hueOf(identity: string): number {
  let hash = 0;
  for (const character of identity) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hash;
}
