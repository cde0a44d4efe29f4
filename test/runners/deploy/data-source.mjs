/** For the command of TypeORM: a DataSource with one migration, of the major in TYPEORM, or a promise of it. */
import 'reflect-metadata';
import { guardedDataSource } from '../../../packages/typeorm/dist/index.js';

const { TYPEORM = '', DATABASE_URL: url, EXPORTED } = process.env;
const { DataSource } = await import(TYPEORM);

class Empty1700000000001 {
  name = 'Empty1700000000001';
  async up() {}
  async down() {}
}

const source = new DataSource({ type: 'postgres', url, migrations: [Empty1700000000001] });
const guarded = EXPORTED === 'promise' ? guardedDataSource(Promise.resolve(source)) : guardedDataSource(source);

export default guarded;
