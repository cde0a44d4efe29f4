const entries = [
  ['2023-01-02', "Owner's money", { 12: 1000, 2: -1000 }],
  ['2023-01-05', 'Sold; cash', { 10: 119, 4: -100, 2: -19 }],
  ['2023-02-01', 'To the bank?', { 12: 100, 10: -100 }],
];

export class FirstEntries1700000300000 {
  async up(queryRunner) {
    for (const [day, text, lines] of entries) {
      const [{ number }] = await queryRunner.query('INSERT INTO books.entry (day, text) VALUES ($1, $2) RETURNING number', [day, text]);
      for (const [i, [account, amount]] of Object.entries(lines).entries()) {
        await queryRunner.query('INSERT INTO books.line VALUES ($1, $2, $3, $4)', [number, i + 1, account, amount]);
      }
    }
    await queryRunner.query("SELECT setval('books.entry_number', 2000, false)");
  }

  async down(queryRunner) {
    await queryRunner.query('TRUNCATE books.entry RESTART IDENTITY CASCADE');
  }
}
