import { cpus, loadavg } from 'node:os';
import { readFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import type { Browser } from '@playwright/test';
import { CHROMIUM_ARGUMENTS, findChromium } from '../fixtures/chromium.ts';
import { createCast } from '../fixtures/cast.ts';
import type { Cast } from '../fixtures/cast.ts';
import { connectToStack, STACK_VARIABLE } from '../stack/control-client.ts';
import type { StackControl } from '../stack/control-client.ts';
import { serveControl } from '../stack/control-server.ts';
import { launchStack } from '../stack/launch.ts';

export interface Samples {
  /** The samples behind `value`; a single figure is one sample. */
  readonly samples: readonly number[];
  /** The figure compared with the goal; the 95th percentile unless given. */
  readonly value?: number;
}

/** One benchmark's outcome, in the form of the design's "Numbers to reach". */
export interface Outcome extends Samples {
  readonly bench: string;
  /** Of samples and value. */
  readonly unit: string;
  /** Samples of somebody else's widget from the same run, by its name; their figures are made as ours are. */
  readonly peers?: Readonly<Record<string, Samples>>;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Nearest-rank percentile. @returns NaN without samples */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

const rounded = (value: number) => Math.round(value * 10) / 10;

/** Words for the person who waits; never on standard output, whose last line is the result. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Number given as `--name=5` on the command line. */
export function numberOption(name: string, fallback: number): number {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1];
  const value = Number(given);
  return given === undefined || !Number.isFinite(value) || value <= 0 ? fallback : value;
}

function figuresOf(unit: string, { samples, value }: Samples) {
  return {
    unit,
    n: samples.length,
    p50: rounded(percentile(samples, 0.5)),
    p95: rounded(percentile(samples, 0.95)),
    max: rounded(Math.max(...samples)),
    value: rounded(value ?? percentile(samples, 0.95)),
  };
}

/** Prints the table, and with `--json` the object as the last line. */
export function report(outcome: Outcome): void {
  const { bench, unit, peers = {}, more = {} } = outcome;
  const result = {
    bench,
    ...figuresOf(unit, outcome),
    load: { average: loadavg().map(rounded), cpus: cpus().length },
    peers: Object.fromEntries(Object.entries(peers).map(([name, peer]) => [name, figuresOf(unit, peer)])),
    more,
  };
  const rows: readonly (readonly [string, string])[] = [
    ['value', `${String(result.value)} ${unit}`],
    ['median', String(result.p50)],
    ['p95', String(result.p95)],
    ['max', String(result.max)],
    ['n', String(result.n)],
    ...Object.entries(result.peers).map(([name, peer]) => [name, JSON.stringify(peer)] as const),
    ...Object.entries(more).map(([key, value]) => [key, JSON.stringify(value)] as const),
    ['load average', result.load.average.join(' ')],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  process.stdout.write(`${bench}\n${rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n')}\n`);
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
}

export interface Ground {
  readonly stack: StackControl;
  readonly cast: Cast;
  readonly browser: Browser;
}

/** A stack (or the one that runs already), a browser and people, all put away afterwards. */
export async function onGround(
  work: (ground: Ground) => Promise<void>,
  { speech = false }: { readonly speech?: boolean } = {},
): Promise<void> {
  const launched = process.env[STACK_VARIABLE] === undefined ? await launchStack({ speech }) : undefined;
  const control = launched === undefined ? undefined : await serveControl(launched);
  // Also for what is started when somebody first wants it: organisations that federate.
  if (control !== undefined) process.env[STACK_VARIABLE] = control.url;
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGUMENTS });
  try {
    const stack = await connectToStack(control?.url);
    const cast = createCast(browser, stack);
    try {
      await work({ stack, cast, browser });
    } finally {
      await cast.close();
    }
  } finally {
    await browser.close();
    await control?.close();
    await launched?.close();
  }
}

/** CPU seconds that a process has used so far, its own threads included, its children not. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  // proc(5): utime and stime are fields 14 and 15, in clock ticks of 1/100 s.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * Memory that a process holds now, in bytes: of what it shares with others its part (proc(5), smaps_rollup); all of it where only
 * root may know that.
 */
export function memoryBytes(pid: number): number {
  const kilobytes = (file: string, name: string): number => {
    const text = readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  };
  try {
    return kilobytes('smaps_rollup', 'Pss') * 1024;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return kilobytes('status', 'VmRSS') * 1024;
  }
}
