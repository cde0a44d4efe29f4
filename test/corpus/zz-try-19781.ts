import { startServer } from '/tmp/w/corpus/scripts/postgres-server.mjs';
import { openHistory, PROJECTS, snapshot } from '/tmp/w/corpus/test/corpus/run.ts';
import { createDatabase } from '/tmp/w/corpus/test/support/database.ts';
const wanted = process.argv.slice(3);
const major = Number(process.argv[2] ?? 18);
const server = await startServer({ fast: true, major });
const diff = (a: readonly string[], b: readonly string[]) => [...a.filter((l) => !b.includes(l)).map((l) => '- ' + l.slice(0,300)), ...b.filter((l) => !a.includes(l)).map((l) => '+ ' + l.slice(0,300))];
let bad = 0;
for (const project of PROJECTS.filter((p) => wanted.length === 0 || wanted.includes(p.name))) {
  for (const typeorm of (project.host === 'typeorm' ? ['1', '0.3'] : ['1']) as ('1'|'0.3')[]) {
  const db = await createDatabase(server);
  try {
    const h = await openHistory(project, db.url, { typeorm });
    const t = performance.now();
    await h.up(); const t1 = performance.now() - t;
    if ((await h.ledger()).length !== h.names.length) throw new Error('ledger');
    const a = await snapshot(db.url, project);
    await h.down();
    const empty = await snapshot(db.url, project);
    await h.up();
    const b = await snapshot(db.url, project);
    const d = [...diff(a.catalog, b.catalog), ...diff(a.rows, b.rows), ...diff(a.sequences, b.sequences)];
    const left = empty.catalog.filter((l) => !/migrations|schema public|extension plpgsql/.test(l));
    console.log(project.name, typeorm, 'files', h.names.length, 'up', t1.toFixed(0), 'ms', 'catalog', a.catalog.length, 'rows', a.rows.length, 'diff', d.length, 'left', left.length + empty.rows.length);
    for (const l of [...d, ...left.map((l) => 'LEFT ' + l.slice(0,200)), ...empty.rows.map((l) => 'LEFT ' + l.slice(0,200))].slice(0, 25)) console.log('   ', l);
    if (d.length) bad++;
  } catch (e: any) { bad++; console.log(project.name, typeorm, 'FAIL', String(e.stack ?? e).slice(0, 900)); }
  await db.drop();
  }
}
await server.stop();
process.exit(bad ? 1 : 0);
