/** `node loading-child.mjs <url>`: prints how many WebAssembly modules explicit calls have started, and then a statement that is read. */
import knexLibrary from 'knex';

/** @type {string[]} */
const started = [];
/** @type {Record<string, (...args: unknown[]) => unknown>} */
const WebAssembly = /** @type {any} */ (globalThis).WebAssembly;
for (const name of ['instantiate', 'instantiateStreaming']) {
  const real = /** @type {(...args: unknown[]) => unknown} */ (WebAssembly[name]);
  WebAssembly[name] = (...args) => {
    // Node has some of its own.
    if (!String(new Error('who').stack).includes('node:internal/deps')) started.push(name);
    return real(...args);
  };
}
const { guard, guarded } = await import('../../packages/knex/dist/index.js');
const knex = knexLibrary({ client: 'pg', connection: process.argv[2] ?? '' });
await guard(knex).safeAddColumn('users', 'email', "text NOT NULL DEFAULT '' CHECK (email <> 'x')");
const { up } = guarded({ up: (inside) => inside.raw('ALTER TABLE users ADD name text') });
const explicit = started.length;
await up(knex);
console.log(JSON.stringify([explicit, started.length]));
await knex.destroy();
