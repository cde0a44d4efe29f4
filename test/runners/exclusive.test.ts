/** `holdfast exclusive`: the built program, with real children and a real server. */
import { run as runCommand } from '@holdfast/cli';
import { describe, expect, test } from 'vitest';
import { errorOf, useDatabase } from '../core/support.js';
import { execute } from '../support/catalog.js';
import { BIN, holdfast, script } from './holdfast.js';
import { throughPooler } from './pooler.js';
import { eventually, holders, holdLock, lock, request } from './support.js';

const database = useDatabase();
const env = () => ({ DATABASE_URL: database.url() });
const run = (...args: readonly string[]) => holdfast(['exclusive', ...args], env()).ended;
const held = async () => (await holders(database.url())) === 1;
const free = async () => (await holders(database.url())) === 0;

/** Stays until it is killed, says that it is there and which signals come. */
const STAY = `
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { console.log(signal); process.exit(9); });
  console.log('pid ' + process.pid); setInterval(() => {}, 1000);`;

describe('the command', () => {
  test('has the terminal, the arguments and the environment, runs under the lock, and its exit code is that of holdfast', async () => {
    const look = `console.log(process.argv.slice(1).join('|'), process.env.GREETING); console.error('err'); process.exitCode = 7;`;
    const asked = holdfast(['exclusive', '--name', 'x', ...script(look), '--', '--name', '--', '--help'], {
      ...env(),
      GREETING: 'hi',
    });
    expect(await asked.ended).toEqual({ code: 7, signal: null, out: '--name|--|--help hi\n', err: 'err\n' });
    expect(await free()).toBe(true);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('gets %s, and its exit code counts', async (signal) => {
    const started = holdfast(['exclusive', ...script(STAY)], env());
    await eventually(() => started.printed.out.includes('pid'));
    started.process.kill(signal);
    const { code, out } = await started.ended;
    expect({ code, out: out.replace(/pid \d+\n/, '') }).toEqual({ code: 9, out: `${signal}\n` });
  });

  test('that was ended by a signal gives 128 and its number', async () => {
    expect(await run(...script("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)"))).toMatchObject({
      code: 137,
    });
  });

  test('waits for another deployer, and starts when that one is done', async () => {
    const holder = await holdLock(database.url());
    const second = holdfast(['exclusive', ...script("console.log('mine')")], env());
    await eventually(() =>
      second.printed.err.includes(
        `waiting for the lock "migrations", at most 10 min more. It is held by pid ${holder.pid}`,
      ),
    );
    expect(second.printed.out).toBe('');
    await holder.release();
    expect(await second.ended).toMatchObject({
      code: 0,
      out: 'mine\n',
      err: expect.stringMatching(/got the lock "migrations" after/),
    });
  });

  test('does not start when that takes too long', async () => {
    const holder = await holdLock(database.url());
    const { code, out, err } = await run('--wait', '50ms', ...script("console.log('mine')"));
    expect({ code, out }).toEqual({ code: 124, out: '' });
    expect(err).toContain(`SELECT pg_terminate_backend(${holder.pid});`);
    await holder.release();
  });

  test('may take the lock again itself, and so may what it starts: nobody waits for the one that started it', async () => {
    const again = [process.execPath, BIN, 'exclusive', '--wait', '0', '--'];
    const asked = holdfast(['exclusive', '--', ...again, ...again, process.execPath, '-e', 'console.log(1)'], env());
    expect(await asked.ended).toEqual({ code: 0, signal: null, out: '1\n', err: '' });
  });
});

describe('the lock', () => {
  test('outlives a SIGKILL of holdfast for as long as the command runs', async () => {
    const started = holdfast(['exclusive', ...script(STAY)], env());
    await eventually(() => started.printed.out.includes('pid'));
    started.process.kill('SIGKILL');
    await eventually(() => started.process.signalCode === 'SIGKILL');
    const error = await errorOf(lock(database.url(), request({ waitMs: 500 })));
    expect(error).toMatchObject({ code: 'HF_LOCK_TIMEOUT' });
    process.kill(Number(/pid (\d+)/.exec(started.printed.out)?.[1]), 'SIGKILL');
    await (await lock(database.url())).release();
  });

  test('ends with the command, also when that leaves something running', async () => {
    const leave = `const left = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true }); left.unref(); console.log('left ' + left.pid)`;
    const { code, out } = await run(...script(leave));
    expect(code).toBe(0);
    expect(await free()).toBe(true);
    process.kill(Number(/left (\d+)/.exec(out)?.[1]), 'SIGKILL');
  });

  test('when it is lost, the command is ended, loudly, and the exit code is not that of success', async () => {
    const started = holdfast(['exclusive', ...script(STAY.replace('process.exit(9)', 'process.exit(0)'))], env());
    await eventually(() => started.printed.out.includes('pid') && held());
    await execute(
      database.url(),
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'holdfast lock%' AND datname = current_database()",
    );
    const { code, out, err } = await started.ended;
    expect({ code, signal: out.includes('SIGTERM') }).toEqual({ code: 125, signal: true });
    expect(err).toMatch(
      /^holdfast exclusive: THE LOCK IS LOST\. .+\nholdfast exclusive: ending the command with SIGTERM\.\n$/,
    );
  });

  test('is refused behind a pooler, unless it is said to keep sessions apart', async () => {
    const url = await throughPooler(database.url());
    const refused = await run('--url', url, ...script('console.log(1)'));
    expect(refused).toMatchObject({ code: 125, out: '', err: expect.stringContaining('say so: --pool-mode session') });
    expect(await run('--url', url, '--pool-mode', 'session', ...script('console.log(1)'))).toMatchObject({
      code: 0,
      out: '1\n',
    });
  });
});

/** In this process: the program is the same, and what it says about its arguments needs no other one. */
async function call(
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const out = (text: string) => {
    said.out += text;
  };
  const err = (text: string) => {
    said.err += text;
  };
  const code = await runCommand(args, { out, err, env: variables });
  return { code, ...said };
}

describe('a wrong call says what is wrong', () => {
  test.each([
    ['no command', [], 2, 'there is no command to run.'],
    ['nothing behind --', ['--'], 2, 'there is no command to run.'],
    ['no --', ['npx', 'knex'], 2, 'the command begins behind --'],
    ['something before --', ['npx', '--', 'knex'], 2, 'npx stands before -- and is no option.'],
    ['an unknown option', ['--wiat', '1m', '--', 'true'], 2, "Unknown option '--wiat'."],
    ['a number without a unit', ['--wait', '10', '--', 'true'], 2, '--wait 10: write it as 90s, 10m or 1h'],
    ['too long a wait', ['--wait', '48h', '--', 'true'], 2, 'waitMs: 172800000'],
    ['a wrong table', ['--knex-lock-table', 'a.b.c', '--', 'true'], 2, '--knex-lock-table a.b.c'],
    ['no database', ['--', 'true'], 125, 'no database is named.'],
    [
      'no server',
      ['--url', 'postgres://me:secret@127.0.0.1:1/app', '--', 'true'],
      125,
      'me@127.0.0.1:1/app: no connection: connect ECONNREFUSED',
    ],
    [
      'a wrong string',
      ['--url', 'postgres://a:b@@@:999999/x', '--', 'true'],
      125,
      'the connection string cannot be read.',
    ],
  ])('%s', async (_what, args, code, message) => {
    const said = await call(['exclusive', ...args]);
    expect(said).toEqual({ code, out: '', err: expect.stringContaining(message) });
    expect(said.err).not.toMatch(/secret|^ {4}at /m);
  });

  test('a command that is not there', async () => {
    expect(await call(['exclusve'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no command exclusve.'),
    });
    expect(await call([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage: holdfast') });
  });

  test('a program that is not there, or is none', async () => {
    expect(await call(['exclusive', '--', 'no-such-program'], env())).toMatchObject({
      code: 127,
      err: expect.stringContaining('no-such-program: there is no such command.'),
    });
    expect(await call(['exclusive', '--', '/etc/passwd'], env())).toMatchObject({
      code: 126,
      err: expect.stringContaining('/etc/passwd: cannot be executed'),
    });
    expect(await free()).toBe(true);
  });

  test('--help is asked for, not an error', async () => {
    expect(await call(['--help'])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('exclusive') });
    expect(await call(['exclusive', '--help'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('--unlock-stale'),
    });
  });
});
