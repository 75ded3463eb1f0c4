import { expect, test } from '@jest/globals';
import { createFairTurns, createLookUpTurns } from './fair-turns.ts';
import type { Asker } from './fair-turns.ts';

/** Askers whose work ends when the test says so. */
function desk(fair = createFairTurns()) {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  return {
    begun,
    /** @returns what becomes of the request */
    ask: (asker: Asker, name: string) =>
      fair(asker, () => {
        begun.push(name);
        return new Promise<void>((resolve) => {
          ends.push(resolve);
        });
      }),
    end: async (count: number): Promise<void> => {
      for (const end of ends.splice(0, count)) end();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
const count = (names: readonly string[], name: string) => names.filter((other) => other === name).length;

test('one server works on 16 at once, and leaves the others their turns', async () => {
  const { ask, begun, end } = desk();
  const flood = Array.from({ length: 200 }, () => ask({ server: 'flood' }, 'flood'));
  await end(0);
  expect(count(begun, 'flood')).toBe(16);
  const others = ['a', 'b', 'c'].map((server) => ask({ server }, server));
  await end(0);
  expect(begun.slice(16)).toEqual(['a', 'b', 'c']);
  while (begun.length < 203) await end(8);
  await end(100);
  await Promise.all([...flood, ...others]);
});

test('within a server, who asks from another address does not wait for the flood', async () => {
  const { ask, begun, end } = desk();
  const flood = Array.from({ length: 100 }, () => ask({ server: 'x', who: '192.0.2.1' }, 'flood'));
  const person = ask({ server: 'X', who: '192.0.2.2' }, 'person');
  await end(2);
  expect(begun.indexOf('person')).toBeLessThan(19);
  while (begun.length < 101) await end(16);
  await end(100);
  await Promise.all([...flood, person]);
});

test('many servers together are bounded, and served in turn', async () => {
  const { ask, begun, end } = desk();
  const all = Array.from({ length: 10 }, (_, server) =>
    Array.from({ length: 20 }, () => ask({ server: `s${server}` }, `s${server}`)),
  ).flat();
  await end(0);
  expect(begun).toHaveLength(64);
  const late = ask({ server: 'late' }, 'late');
  await end(10);
  expect(begun).toContain('late');
  while (begun.length < 201) await end(64);
  await end(100);
  await Promise.all([...all, late]);
});

test('who names hundreds of servers has one turn among the others, not hundreds, and one limit', async () => {
  const { ask, begun, end } = desk();
  const flood = Array.from({ length: 64 + 512 }, (_, server) =>
    ask({ server: `s${server}`, who: '192.0.2.1' }, 'flood'),
  );
  await end(0);
  expect(begun).toHaveLength(64);
  const more = ask({ server: 'another', who: '192.0.2.1' }, 'flood');
  await expect(more).rejects.toMatchObject({ code: 'M_LIMIT_EXCEEDED' });
  const person = ask({ server: 'x', who: '192.0.2.2' }, 'person');
  await end(2);
  expect(begun).toContain('person');
  while (begun.length < 577) await end(64);
  await end(100);
  await Promise.all([...flood, person]);
});

test('strangers that hang do not hold up the servers that we know', async () => {
  const { ask, begun, end } = desk(createLookUpTurns((server) => server === 'ours'));
  const hanging = Array.from({ length: 100 }, (_, server) => ask({ server: `s${server}` }, 'stranger'));
  const person = ask({ server: 'ours' }, 'person');
  await end(0);
  expect([count(begun, 'stranger'), count(begun, 'person')]).toEqual([64, 1]);
  await end(65);
  await end(64);
  await Promise.all([...hanging, person]);
});

test('who sends more than can wait is told to come later, and nothing of it is left', async () => {
  const { ask, begun, end } = desk();
  const flood = Array.from({ length: 16 + 512 }, () => ask({ server: 'flood' }, 'flood'));
  await expect(ask({ server: 'flood' }, 'flood')).rejects.toMatchObject({ code: 'M_LIMIT_EXCEEDED' });
  const other = ask({ server: 'other' }, 'other');
  await end(0);
  expect(begun).toContain('other');
  while (begun.length < 529) await end(16);
  await end(100);
  await Promise.all([...flood, other]);
  const again = ask({ server: 'flood' }, 'again');
  await end(0);
  expect(begun).toContain('again');
  await end(1);
  await again;
});

test('work that fails gives its turn back', async () => {
  const fair = createFairTurns();
  for (let index = 0; index < 40; index += 1) {
    await expect(fair({ server: 'x' }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  }
  await expect(fair({ server: 'x' }, () => Promise.resolve(1))).resolves.toBe(1);
});
