import type { Knex } from "knex";

interface Account {
  id: number;
  name: string;
  subdomain: string;
  plan?: string;
}

export async function up(knex: Knex): Promise<void> {
  const accounts = await knex<Account>("accounts")
    .withSchema("shared")
    .insert([
      { name: "Müller & Söhne", subdomain: "mueller" },
      { name: "O'Brien Ltd.", subdomain: "obrien", plan: "team" },
    ])
    .returning(["id", "subdomain"]);
  await knex
    .withSchema("shared")
    .from("members")
    .insert(accounts.map(({ id, subdomain }) => ({ account_id: id, email: `admin@${subdomain}.test`, roles: ["owner", "admin"] })));
}

export async function down(knex: Knex): Promise<void> {
  await knex("shared.members").delete();
  await knex("shared.accounts").delete();
}
