/** Where the tiles of the stage go. Pure geometry; CSS pixels. */

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface StageSize {
  readonly width: number;
  readonly height: number;
}

export interface StageTile {
  readonly kind: 'camera' | 'screen';
  readonly self: boolean;
}

export interface StageLayout {
  /** One for each tile, in their order; `undefined` for those that found no room and are counted in {@link overflow}. */
  readonly boxes: readonly (Box | undefined)[];
  /** Place for "+3", when not everybody fits beside a shared screen. */
  readonly overflow: { readonly box: Box; readonly hidden: number } | undefined;
  /** Height of everything; more than the stage has when the grid scrolls. */
  readonly height: number;
  /** Index of a tile that floats above the others: ourselves, when we talk with one person. */
  readonly floating: number | undefined;
}

const GAP = 8;
const WIDE = 16 / 9;
/** On a phone a camera may be as tall as 3 : 4, because a row of 16 : 9 would waste the screen. */
const TALLEST = 3 / 4;
/** On an upright stage beside other things, up to a square. */
const SQUARE = 1;
const NARROW_STAGE = 600;
/** Height of the mark in the upper corner of a tile, with its distances. */
const BELOW_MARK = 28 + GAP * 2;
const MIN_TILE = { narrow: 132, wide: 200 };

/** The narrowest shape a camera may have on this stage. */
function narrowestShape(stage: StageSize): number {
  if (stage.width < NARROW_STAGE) return TALLEST;
  return stage.height > stage.width ? SQUARE : WIDE;
}

function fit(width: number, height: number, minRatio: number): { width: number; height: number } {
  if (width / height > WIDE) return { width: height * WIDE, height };
  return { width, height: Math.min(height, width / minRatio) };
}

/** Larger is better; of two nearly equal ones, the one in which a face is larger: its shorter side. */
function isBetter(a: StageSize, b: StageSize): boolean {
  const ratio = (a.width * a.height) / Math.max(1, b.width * b.height);
  if (ratio > 1.1) return true;
  return ratio > 0.9 && Math.min(a.width, a.height) > Math.min(b.width, b.height) + 1;
}

/** Columns and tile size that show `count` equal tiles as large as possible; scrolls below the smallest useful size. */
function bestGrid(count: number, stage: StageSize): { columns: number; width: number; height: number } {
  const narrow = stage.width < NARROW_STAGE;
  const minRatio = narrowestShape(stage);
  let best = { columns: 1, width: 0, height: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (stage.width - GAP * (columns - 1)) / columns;
    const cellHeight = (stage.height - GAP * (rows - 1)) / rows;
    if (cellWidth <= 0 || cellHeight <= 0) continue;
    const size = fit(cellWidth, cellHeight, minRatio);
    if (isBetter(size, best)) best = { columns, ...size };
  }
  const smallest = narrow ? MIN_TILE.narrow : MIN_TILE.wide;
  if (best.width >= smallest || count <= 1) return best;
  const columns = Math.max(1, Math.floor((stage.width + GAP) / (smallest + GAP)));
  const width = (stage.width - GAP * (columns - 1)) / columns;
  return { columns, width, height: width / (narrow ? 1 : WIDE) };
}

function layoutGrid(count: number, stage: StageSize): StageLayout {
  const { columns, width, height } = bestGrid(count, stage);
  const rows = Math.ceil(count / columns);
  const total = rows * height + GAP * (rows - 1);
  const top = Math.max(0, (stage.height - total) / 2);
  const boxes = Array.from({ length: count }, (_, index): Box => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = (stage.width - inRow * width - GAP * (inRow - 1)) / 2;
    return { x: left + (index % columns) * (width + GAP), y: top + row * (height + GAP), width, height };
  });
  return { boxes, overflow: undefined, height: Math.max(stage.height, total), floating: undefined };
}

/** One other person fills the stage, we float in a corner: the upper one where captions lie over the lower end. */
function layoutDuo(selfIndex: number, stage: StageSize, captioned: boolean): StageLayout {
  const narrow = stage.width < NARROW_STAGE;
  const size = narrow ? stage : fit(stage.width, stage.height, narrowestShape(stage));
  const main: Box = { x: (stage.width - size.width) / 2, y: (stage.height - size.height) / 2, ...size };
  const ownWidth = narrow ? Math.min(112, stage.width * 0.32) : Math.min(256, Math.max(160, stage.width * 0.18));
  const own = { width: ownWidth, height: ownWidth / (narrow ? TALLEST : WIDE) };
  const corner: Box = {
    x: main.x + main.width - own.width - GAP * 1.5,
    y: captioned ? main.y + BELOW_MARK : main.y + main.height - own.height - GAP * 1.5,
    ...own,
  };
  return {
    boxes: selfIndex === 0 ? [corner, main] : [main, corner],
    overflow: undefined,
    height: stage.height,
    floating: selfIndex,
  };
}

/** The place beside or below a shared screen: as many small tiles as fit, and one that counts the rest. */
function layoutCrowd(
  count: number,
  area: Box,
  columns: number,
  tile: StageSize,
): Pick<StageLayout, 'boxes' | 'overflow'> {
  const rows = Math.max(1, Math.floor((area.height + GAP) / (tile.height + GAP)));
  const room = columns * rows;
  const hidden = count > room ? count - (room - 1) : 0;
  const slots = count - hidden + (hidden > 0 ? 1 : 0);
  const usedRows = Math.ceil(slots / columns);
  const top = area.y + (area.height - usedRows * tile.height - GAP * (usedRows - 1)) / 2;
  const slot = (index: number): Box => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, slots - row * columns);
    const left = area.x + (area.width - inRow * tile.width - GAP * (inRow - 1)) / 2;
    return { x: left + (index % columns) * (tile.width + GAP), y: top + row * (tile.height + GAP), ...tile };
  };
  return {
    boxes: Array.from({ length: count }, (_, index) => (index < count - hidden ? slot(index) : undefined)),
    overflow: hidden > 0 ? { box: slot(slots - 1), hidden } : undefined,
  };
}

/** A shared screen with the people beside it, or below it where the stage is upright. */
function layoutSpotlight(tiles: readonly StageTile[], spotlight: number, stage: StageSize): StageLayout {
  const others = tiles.length - 1;
  const beside = stage.width > stage.height;
  const all: Box = { x: 0, y: 0, ...stage };
  let main = all;
  let crowd: Pick<StageLayout, 'boxes' | 'overflow'> = { boxes: [], overflow: undefined };
  if (others > 0 && beside) {
    const width = Math.min(264, Math.max(120, stage.width * 0.2));
    const height = Math.min(stage.height, width / WIDE);
    main = { ...all, width: stage.width - width - GAP };
    crowd = layoutCrowd(others, { ...all, x: main.width + GAP, width }, 1, { width, height });
  } else if (others > 0) {
    const columns = stage.width < NARROW_STAGE ? Math.min(others, 2) : Math.min(others, 4);
    const width = (stage.width - GAP * (columns - 1)) / Math.max(2, columns) - (columns < 2 ? GAP / 2 : 0);
    const height = width / WIDE;
    // Screens are wide: more height than this would only be black.
    const mainHeight = Math.min(stage.height - height - GAP, stage.width / 1.5);
    main = { ...all, height: mainHeight };
    crowd = layoutCrowd(others, { ...all, y: mainHeight + GAP, height: stage.height - mainHeight - GAP }, columns, {
      width,
      height,
    });
  }
  return {
    boxes: tiles.map((_, index) => (index === spotlight ? main : crowd.boxes[index < spotlight ? index : index - 1])),
    overflow: crowd.overflow,
    height: stage.height,
    floating: undefined,
  };
}

/** One face takes all there is, cropped rather than framed. */
export function fillStage(stage: StageSize): StageLayout {
  return { boxes: [{ x: 0, y: 0, ...stage }], overflow: undefined, height: stage.height, floating: undefined };
}

/**
 * Lays out the stage: a shared screen takes it over with the people in a strip, two people see each other large, and everybody
 * else gets an equal share.
 * @param captioned captions lie over the lower end of the stage
 */
export function layoutStage(tiles: readonly StageTile[], stage: StageSize, captioned = false): StageLayout {
  if (tiles.length === 0 || stage.width <= 0 || stage.height <= 0)
    return { boxes: tiles.map(() => undefined), overflow: undefined, height: stage.height, floating: undefined };
  const spotlight = tiles.findIndex((tile) => tile.kind === 'screen');
  if (spotlight >= 0) return layoutSpotlight(tiles, spotlight, stage);
  const selfIndex = tiles.findIndex((tile) => tile.self);
  if (tiles.length === 2 && selfIndex >= 0) return layoutDuo(selfIndex, stage, captioned);
  return layoutGrid(tiles.length, stage);
}
