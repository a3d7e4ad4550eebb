import type { Rule, UserHistory, Violation } from './history.ts';

/** What the entries must hold among themselves, whatever was answered: `chain`, `negative`, and ids that occur once. */
export function checkLedger(history: UserHistory): readonly Violation[] {
  const { userId, openingBalance, entries, account } = history;
  const violations: Violation[] = [];
  const report = (rule: Rule, detail: string) => violations.push({ rule, userId, detail });
  const versionById = new Map<string, number>();
  if (!isBalance(openingBalance)) report('negative', `the opening balance is ${openingBalance}`);
  let last = { version: 0, balance: openingBalance };
  for (const { version, amount, balance, operationId } of entries) {
    if (version !== last.version + 1) report('chain', `entry ${version} follows version ${last.version}`);
    if (!isSum(balance, last.balance, amount)) {
      report(
        'chain',
        `entry ${version} has balance ${balance}; ${last.balance} and its amount ${amount} do not make it`,
      );
    }
    if (!isBalance(balance)) report('negative', `entry ${version} has balance ${balance}`);
    const first = versionById.get(operationId);
    if (first === undefined) versionById.set(operationId, version);
    else report('doubled', `operation id ${operationId} is in entry ${first} and again in entry ${version}`);
    last = { version, balance };
  }
  if (account.version !== last.version || account.balance !== last.balance) {
    const stored = `balance ${account.balance} at version ${account.version}`;
    report('chain', `the account has ${stored}, its last entry balance ${last.balance} at version ${last.version}`);
  }
  return violations;
}

function isBalance(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Exact also where a sum of doubles would be rounded into looking right. */
function isSum(sum: number, a: number, b: number): boolean {
  if (![sum, a, b].every(Number.isSafeInteger)) return false;
  return BigInt(sum) === BigInt(a) + BigInt(b);
}
