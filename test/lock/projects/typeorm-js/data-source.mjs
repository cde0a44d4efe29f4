import 'reflect-metadata';
import { DataSource } from 'typeorm';

export default new DataSource({
  type: 'postgres',
  url: 'postgres://localhost/none',
  migrations: [`${import.meta.dirname}/migrations/*.mjs`],
});
