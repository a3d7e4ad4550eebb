import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readShownMetrics } from '../support/shown-metrics.ts';

const document = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

interface Described {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric of ours that the launcher shows. */
async function shown(): Promise<readonly Described[]> {
  const metrics = await readShownMetrics();
  return metrics.flatMap(({ name, help, type, values }) => {
    if (!name.startsWith('user_balance_')) return [];
    const labels = new Set(values.flatMap((value) => Object.keys(value.labels)).filter((label) => label !== 'le'));
    // These have a series for each worker that has told of itself.
    const bySlot = name.startsWith('user_balance_worker_') && type.toString() === 'gauge';
    return [
      { name, type: type.toString(), labels: [...labels, ...(bySlot && labels.size === 0 ? ['slot'] : [])], help },
    ];
  });
}

const row = ({ name, type, labels, help }: Described) =>
  `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`;

let metrics: readonly Described[];
beforeAll(async () => {
  metrics = await shown();
});

describe('docs/metrics.md', () => {
  it('has a row for every metric there is, with its type, labels and meaning, and for no other', () => {
    const rows = document.split('\n').filter((line) => line.startsWith('| `user_balance_'));
    expect(rows).toEqual(metrics.map(row));
  });
});

describe('the queries of docs/metrics.md', () => {
  it('ask for metrics that there are', () => {
    const parts = ({ name, type }: Described) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
    const names = new Set(metrics.flatMap(parts));
    const asked = document.match(/user_balance_\w+/g) ?? [];
    expect(asked.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('the names of metrics', () => {
  it('end with their unit, and those of counters with total', () => {
    for (const { name, type } of metrics) {
      expect(name).toMatch(/^[a-z_]+$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name).not.toMatch(/_(ms|milliseconds|us|kb|mb)\b/);
      if (/duration|delay/.test(name)) expect(name).toMatch(/_seconds$/);
    }
  });
});
