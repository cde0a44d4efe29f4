/** @type {readonly import('../cases.mjs').Case[]} */
export const TABLES = [];
