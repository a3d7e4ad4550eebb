import type { BalanceRead, EntriesPage, LedgerEntry } from '../../client/balance-client.ts';
import type { Answer } from '../answer.ts';
import { EXIT } from '../exit-codes.ts';
import { type Alignment, textTable } from '../text-table.ts';
import { callService } from './call-service.ts';
import { noSuchUser } from './no-such-user.ts';
import type { ServiceOptions } from './service.ts';

export interface ShowOptions extends ServiceOptions {
  /** How many of the newest. */
  readonly entries?: number;
  readonly before?: number;
  readonly refused?: boolean;
}

/** Where the other options say that entries are wanted. */
const ENTRIES_DEFAULT = 20;

/** The command `users show`. */
export function showUser(userId: number, options: ShowOptions): Promise<Answer> {
  const { before, refused } = options;
  const limit = options.entries ?? (before === undefined && refused !== true ? undefined : ENTRIES_DEFAULT);
  return callService(
    options,
    async (client, signal) => {
      const balance = await client.readBalance(userId, { signal });
      if (balance.kind === 'user_not_found') return noSuchUser(balance);
      if (limit === undefined) return userAnswer(balance, null);
      // Not beyond the balance that was read: what is committed in between would contradict it.
      const range = { limit, before: Math.min(before ?? Number.MAX_SAFE_INTEGER, balance.version + 1), refused };
      const page = await client.listEntries(userId, range, { signal });
      return page.kind === 'user_not_found' ? noSuchUser(page) : userAnswer(balance, page);
    },
    // Reading changes nothing, so there is nothing to settle.
    () => '',
  );
}

/** A balance and, when they were asked for, a page of its entries; for a person and for a program. */
export function userAnswer(balance: BalanceRead, page: EntriesPage | null): Answer {
  const head = `User ${balance.userId} has ${balance.balance} (version ${balance.version}).\n`;
  if (page === null) return { exitCode: EXIT.done, text: head, json: balance };
  const { entries, nextBefore } = page;
  const older = nextBefore === null ? '' : `There are older ones: --before ${nextBefore}\n`;
  const table = entries.length === 0 ? 'There are no such entries.\n' : tableOf(entries);
  return { exitCode: EXIT.done, text: `${head}\n${table}${older}`, json: { ...balance, entries, nextBefore } };
}

const ALIGNMENTS: readonly Alignment[] = ['right', 'right', 'right', 'left', 'left', 'left'];

function tableOf(entries: readonly LedgerEntry[]): string {
  const rows = entries.map(({ version, amount, balance, createdAt, operationId, refused }) => [
    String(version),
    String(amount),
    String(balance),
    createdAt,
    operationId,
    refused === undefined ? '' : `refused ${refused.requested}: ${refused.code}`,
  ]);
  return textTable(ALIGNMENTS, [['VERSION', 'AMOUNT', 'BALANCE', 'TIME', 'OPERATION', ''], ...rows]);
}
