import { and, eq, gte, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { bigint, pgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { serveWithdrawals } from './serve-withdrawals.ts';

serveWithdrawals((connectionString, table) => {
  const users = pgTable(table, {
    id: bigint({ mode: 'number' }).primaryKey(),
    balance: bigint({ mode: 'number' }).notNull(),
  });
  const db = drizzle(new pg.Pool({ connectionString, max: 10 }));
  return {
    async withdraw(userId, amount) {
      const [user] = await db
        .update(users)
        .set({ balance: sql`${users.balance} - ${amount}` })
        .where(and(eq(users.id, userId), gte(users.balance, amount)))
        .returning({ balance: users.balance });
      return user?.balance ?? null;
    },
    async read(userId) {
      const [user] = await db.select({ balance: users.balance }).from(users).where(eq(users.id, userId));
      return user?.balance ?? null;
    },
  };
});
