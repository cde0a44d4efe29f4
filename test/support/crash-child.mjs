/**
 * Runs one case of the contract on a host and kills itself with SIGKILL at the k-th event of a step.
 * Arguments: host, url, form, index of the case, k. Exit status 0 means that it came to its end alive.
 */
import { CASES } from '../contract/cases.mjs';
import { openHost } from './hosts.mjs';

const [name, url, form, index, killAt] =
  /** @type {[import('./hosts.mjs').HostName, string, import('./hosts.mjs').TransactionForm, string, string]} */ (
    /** @type {unknown} */ (process.argv.slice(2))
  );
const adapter = name.replace(/-.*/, '').replace('pg', 'core');
const packages = { core: undefined, knex: undefined, typeorm: undefined };
packages[/** @type {keyof typeof packages} */ (adapter)] = await import(`../../packages/${adapter}/dist/index.js`);

const host = await openHost(name, packages, url, form);
let events = 0;
const g = host.guard({
  onEvent: (event) => {
    if (!event.type.startsWith('step:')) return;
    events += 1;
    if (events === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  },
});
await CASES[Number(index)]?.run(g, host);
await host.commit();
await host.close();
