import type { CaptionLine } from '../../call/index.ts';

/** What one person said without somebody else's turn between. */
export interface Turn {
  /** Of its first line. */
  readonly id: string;
  readonly userId: string | undefined;
  readonly name: string | undefined;
  readonly self: boolean;
  readonly startedMs: number;
  readonly lines: readonly CaptionLine[];
}

/** Joins consecutive lines of the same person. Pure. */
export function turnsOf(lines: readonly CaptionLine[]): Turn[] {
  const turns: Turn[] = [];
  for (const line of lines) {
    const last = turns.at(-1);
    if (last !== undefined && last.userId === line.userId && last.name === line.name) {
      turns[turns.length - 1] = { ...last, lines: [...last.lines, line] };
      continue;
    }
    const { id, userId, name, self, startedMs } = line;
    turns.push({ id, userId, name, self, startedMs, lines: [line] });
  }
  return turns;
}

/** Where a line is shown on the stage, and not only in the panel. */
const FRESH_MS = 12_000;
const LAST_LINES = 12;
const LAST_TURNS = 2;

/** The last words, for the stage: what changed lately, of the last few who spoke. */
export function freshTurns(lines: readonly CaptionLine[], nowMs: number): Turn[] {
  const fresh = lines.slice(-LAST_LINES).filter(({ changedMs }) => nowMs - changedMs < FRESH_MS);
  return turnsOf(fresh).slice(-LAST_TURNS);
}
