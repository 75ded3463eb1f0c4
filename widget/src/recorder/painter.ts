import { initialsOf } from '@palabre/protocol';
import { contained, coveringPart, hueOf, layoutOf, lettersOf, type PictureLayout, type Rect } from './layout.ts';

/** What is known of one person at the moment of drawing. */
export interface StagePerson {
  readonly identity: string;
  readonly name: string;
  /** Absent: no camera, or switched off. */
  readonly camera: HTMLVideoElement | undefined;
  readonly screen: HTMLVideoElement | undefined;
  readonly speaking: boolean;
}

const BACKGROUND = '#101317';
const TILE = '#232830';
/** On a tile: 6 : 1. */
const ABSENT = '#aab2bd';
const SPEAKING = '#4ade80';
const FONT = '"Inter", "Noto Sans", system-ui, sans-serif, "Noto Color Emoji"';

function hasPicture(video: HTMLVideoElement | undefined): video is HTMLVideoElement {
  return video !== undefined && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0;
}

function roundedTile(context: CanvasRenderingContext2D, tile: Rect): void {
  context.beginPath();
  context.roundRect(tile.x, tile.y, tile.width, tile.height, 12);
}

function shorten(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const characters = lettersOf(text);
  while (characters.length > 1 && context.measureText(`${characters.join('')}…`).width > width) characters.pop();
  return `${characters.join('')}…`;
}

function drawName(context: CanvasRenderingContext2D, name: string, tile: Rect): void {
  const size = Math.round(Math.max(13, Math.min(22, tile.height / 13)));
  context.font = `500 ${size}px ${FONT}`;
  const text = shorten(context, name, tile.width - 4 * size);
  const width = context.measureText(text).width + size;
  const height = size * 1.7;
  const x = tile.x + size * 0.6;
  const y = tile.y + tile.height - height - size * 0.6;
  context.fillStyle = 'rgb(0 0 0 / 0.6)';
  context.beginPath();
  context.roundRect(x, y, width, height, height / 2);
  context.fill();
  context.fillStyle = '#fff';
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(text, x + size / 2, y + height / 2 + 1);
}

function drawAvatar(context: CanvasRenderingContext2D, person: StagePerson, tile: Rect): void {
  const radius = Math.min(tile.width, tile.height) * 0.24;
  const x = tile.x + tile.width / 2;
  const y = tile.y + tile.height / 2;
  context.fillStyle = `hsl(${hueOf(person.identity)} 45% 40%)`;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = '#fff';
  context.font = `600 ${Math.round(radius * 0.8)}px ${FONT}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(initialsOf(person.name), x, y + radius * 0.05);
}

function drawTile(context: CanvasRenderingContext2D, person: StagePerson, tile: Rect): void {
  context.save();
  roundedTile(context, tile);
  context.clip();
  context.fillStyle = TILE;
  context.fillRect(tile.x, tile.y, tile.width, tile.height);
  if (hasPicture(person.camera)) {
    const part = coveringPart(person.camera.videoWidth, person.camera.videoHeight, tile);
    context.drawImage(person.camera, part.x, part.y, part.width, part.height, tile.x, tile.y, tile.width, tile.height);
  } else {
    drawAvatar(context, person, tile);
  }
  drawName(context, person.name, tile);
  context.restore();
  if (person.speaking) {
    context.strokeStyle = SPEAKING;
    context.lineWidth = 4;
    roundedTile(context, { x: tile.x + 2, y: tile.y + 2, width: tile.width - 4, height: tile.height - 4 });
    context.stroke();
  }
}

/** People who are not recorded: that somebody is there, and nothing else of them. */
function drawAbsent(context: CanvasRenderingContext2D, label: string, tile: Rect): void {
  context.fillStyle = TILE;
  roundedTile(context, tile);
  context.fill();
  context.font = `400 ${Math.round(Math.max(12, Math.min(20, tile.height / 12)))}px ${FONT}`;
  context.fillStyle = ABSENT;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(shorten(context, label, tile.width - 16), tile.x + tile.width / 2, tile.y + tile.height / 2);
}

/** What one picture is made of. */
export interface Stage {
  readonly people: readonly StagePerson[];
  /** People who are not recorded: how many, and what stands in their place. */
  readonly absent: { readonly count: number; readonly label: string };
  readonly layout: PictureLayout;
  /** Identity of whoever is shown large, where somebody is. */
  readonly speaker: string | undefined;
  /** What is being said, oldest first. */
  readonly captions: readonly StageCaption[];
}

export interface StageCaption {
  readonly name: string;
  readonly text: string;
}

/** Those who get a tile first: whoever is large, and where not all have one, those who can be heard or seen. */
function rankedOf({ people, layout, speaker }: Stage, hidden: number): readonly StagePerson[] {
  const leads = (person: StagePerson): number => Number(layout === 'speaker' && person.identity === speaker);
  if (hidden === 0) return [...people].sort((a, b) => leads(b) - leads(a));
  return [...people].sort(
    (a, b) =>
      leads(b) - leads(a) ||
      Number(b.speaking) - Number(a.speaking) ||
      Number(hasPicture(b.camera)) - Number(hasPicture(a.camera)),
  );
}

const MOST_CAPTION_LINES = 3;

/** The last lines of a text that is broken at words to fit. */
function lastLines(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && context.measureText(`${last} ${word}`).width <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.slice(-MOST_CAPTION_LINES);
}

function drawCaptions(
  context: CanvasRenderingContext2D,
  captions: readonly StageCaption[],
  width: number,
  height: number,
): void {
  if (captions.length === 0) return;
  const size = Math.round(height / 26);
  context.font = `500 ${size}px ${FONT}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const lines = captions
    .flatMap(({ name, text }) => lastLines(context, `${name}: ${text}`, width * 0.8))
    .slice(-MOST_CAPTION_LINES);
  const lineHeight = size * 1.45;
  lines.forEach((line, index) => {
    const y = height - lineHeight * (lines.length - index) + lineHeight / 2 - size * 0.8;
    const boxWidth = context.measureText(line).width + size;
    context.fillStyle = 'rgb(0 0 0 / 0.75)';
    context.fillRect((width - boxWidth) / 2, y - lineHeight / 2, boxWidth, lineHeight);
    context.fillStyle = '#fff';
    context.fillText(line, width / 2, y + 1);
  });
}

/** Draws one picture of the meeting: what is shared, everybody with their name, and what is being said. */
export function paintStage(context: CanvasRenderingContext2D, stage: Stage, width: number, height: number): void {
  const { people, absent, layout: kind, captions } = stage;
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, width, height);
  const sharer = people.find((person) => hasPicture(person.screen));
  const layout = layoutOf(people.length + absent.count, sharer !== undefined, width, height, kind);
  if (layout.screen !== undefined && sharer?.screen !== undefined) {
    const area = contained(sharer.screen.videoWidth, sharer.screen.videoHeight, layout.screen);
    context.drawImage(sharer.screen, area.x, area.y, area.width, area.height);
    drawName(context, sharer.name, layout.screen);
  }
  const ranked = rankedOf(stage, layout.hidden);
  layout.tiles.forEach((tile, index) => {
    const person = ranked[index];
    if (person === undefined) drawAbsent(context, absent.label, tile);
    else drawTile(context, person, tile);
  });
  if (layout.hidden > 0) {
    context.fillStyle = '#fff';
    context.font = `500 18px ${FONT}`;
    context.textAlign = 'right';
    context.textBaseline = 'bottom';
    context.fillText(`+${layout.hidden}`, width - 16, height - 12);
  }
  drawCaptions(context, captions, width, height);
}
