import { AsyncLocalStorage } from 'node:async_hooks';
import * as crypto from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { Replaced, Sources } from './sources.js';

const storage = new AsyncLocalStorage<Sources>();
const replaced = new Replaced(() => storage.getStore());

function draw(sources: Sources): Promise<readonly unknown[]> {
  const body = async (): Promise<readonly unknown[]> => {
    await Promise.resolve();
    const array = new Uint32Array(3);
    globalThis.crypto.getRandomValues(array.subarray(1));
    const called = await new Promise((resolve) => crypto.randomBytes(4, (_, bytes) => resolve(bytes.toString('hex'))));
    return [
      Math.random(),
      Math.random(),
      crypto.randomUUID(),
      globalThis.crypto.randomUUID(),
      crypto.randomBytes(8).toString('hex'),
      crypto.randomInt(10),
      crypto.randomInt(5, 7),
      [...array],
      called,
      Date.now(),
      new Date().toISOString(),
      new Date(0).getTime(),
    ];
  };
  return replaced.during(() => storage.run(sources, body));
}

test('from the same seed come the same values, from another one others', async () => {
  const first = new Sources();
  const values = await draw(first);
  expect(await draw(new Sources(first.kept))).toEqual(values);
  const [random, again, uuid, web, , int, between, array, , now, time, zero] = values as readonly [
    number,
    number,
    string,
    string,
    string,
    number,
    number,
    readonly number[],
    string,
    number,
    string,
    number,
  ];
  expect(random).not.toBe(again);
  for (const each of [random, again]) expect(each >= 0 && each < 1).toBe(true);
  for (const each of [uuid, web])
    expect(each).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(int).toBeGreaterThanOrEqual(0);
  expect(int).toBeLessThan(10);
  expect([5, 6]).toContain(between);
  expect(array[0]).toBe(0);
  expect([now, Date.parse(time), zero]).toEqual([first.kept.begun, first.kept.begun, 0]);
  const other = await draw(new Sources({ ...first.kept, seed: '0'.repeat(64) }));
  for (const i of [0, 1, 2, 3, 4, 7, 8]) expect(other[i]).not.toEqual(values[i]);
});

test('the clock stands still between messages, and goes on in a body that waits', async () => {
  const sources = new Sources({ seed: '0'.repeat(64), begun: 1000 });
  expect(sources.now()).toBe(1000);
  sources.tick(5000);
  expect(sources.now()).toBe(5000);
  const later = performance.now() + 3000;
  const clock = vi.spyOn(performance, 'now').mockReturnValue(later);
  expect(sources.now()).toBeGreaterThan(7900);
  clock.mockRestore();
});

test('nothing outside of the body is changed, during it and after it', async () => {
  const real = { Date, random: Math.random, uuid: crypto.randomUUID };
  let finish = (): void => {};
  const body = replaced.during(() =>
    storage.run(
      new Sources({ seed: '0'.repeat(64), begun: 7 }),
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    ),
  );
  expect(Date).not.toBe(real.Date);
  expect(Date.now()).toBeGreaterThan(1_000_000);
  expect(new Date() instanceof Date && new Date() instanceof real.Date).toBe(true);
  expect(new Date().constructor).toBe(Date);
  expect(typeof Date()).toBe('string');
  expect(class extends Date {}.name).toBe('');
  expect(new (class Later extends Date {})()).toBeInstanceOf(Date);
  finish();
  await body;
  expect({ Date, random: Math.random, uuid: crypto.randomUUID }).toEqual(real);
  expect(Object.hasOwn(globalThis.crypto, 'randomUUID')).toBe(false);
});
