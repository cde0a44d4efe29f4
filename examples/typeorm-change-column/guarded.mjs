import { dataSourceOf } from './data-source.mjs';

export default dataSourceOf('guarded');
