import 'reflect-metadata';
import { DataSource } from 'typeorm';

export const source = new DataSource({
  type: 'postgres',
  url: 'postgres://localhost/none',
  migrationsTransactionMode: 'each',
  migrations: [`${import.meta.dirname}/migrations/*.ts`],
});
