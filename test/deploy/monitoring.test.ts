import { beforeAll, describe, expect, it } from 'vitest';
import { readShownMetrics } from '../support/shown-metrics.ts';
import { textOf, yamlOf } from './files.ts';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: { readonly summary: string; readonly runbook: string };
}

const rules: readonly Rule[] = yamlOf('deploy/prometheus/rules.yml').groups.flatMap(
  (group: { rules: readonly Rule[] }) => group.rules,
);
const alerts = rules.flatMap(({ alert }) => alert ?? []);
const dashboard = JSON.parse(textOf('deploy/grafana/dashboards/user-balance.json')) as {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
};
const expressions = [
  ...rules.map(({ expr, alert, record }) => [alert ?? record ?? '', expr] as const),
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
];
const recorded = rules.flatMap(({ record }) => record ?? []);

/** The values of each label of each series that the launcher shows; null where they are not known beforehand. */
let series: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string> | null>>;

beforeAll(async () => {
  const found = new Map<string, Map<string, Set<string> | null>>([['up', new Map()]]);
  for (const { name, type, values } of await readShownMetrics()) {
    const isGaugeOfWorker = name.startsWith('user_balance_worker_') && type.toString() === 'gauge';
    const isHistogram = type.toString() === 'histogram';
    for (const each of isHistogram ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]) {
      const labels = new Map<string, Set<string> | null>(each.endsWith('_bucket') ? [['le', null]] : []);
      if (isGaugeOfWorker) labels.set('slot', null);
      for (const value of values) {
        for (const [label, text] of Object.entries(value.labels)) {
          if (label === 'le' || label === 'slot') continue;
          labels.set(label, (labels.get(label) ?? new Set()).add(String(text)));
        }
      }
      found.set(each, labels);
    }
  }
  series = found;
});

/** The selectors of an expression: `name{matchers}` or a bare name of ours. */
function selectorsOf(expression: string): readonly { readonly name: string; readonly matchers: readonly string[][] }[] {
  const withoutText = expression.replace(/\b(?:by|on) \([^)]*\)/g, '');
  return [...withoutText.matchAll(/\b((?:user_balance|process|nodejs)_\w+|up)\b(?![:(])(?:\{([^}]*)\})?/g)].map(
    ([, name = '', braces = '']) => ({
      name,
      matchers: [...braces.matchAll(/(\w+)(=~|!=|!~|=)"([^"]*)"/g)].map(([, label = '', operator = '', text = '']) => [
        label,
        operator,
        text,
      ]),
    }),
  );
}

describe('the alert rules and the dashboard', () => {
  it.each(expressions)('%s asks for metrics, labels and values that there are', (_name, expression) => {
    const selectors = selectorsOf(expression);
    const records = recorded.filter((record) => expression.includes(record));
    expect(selectors.length + records.length).toBeGreaterThan(0);
    for (const { name, matchers } of selectors) {
      const labels = series.get(name);
      expect(labels, `there is no metric ${name}`).toBeDefined();
      for (const [label = '', operator = '', text = ''] of matchers) {
        if (label === 'job') continue;
        expect([...(labels?.keys() ?? [])], `of ${name}`).toContain(label);
        const values = labels?.get(label);
        if (values === null || values === undefined) continue;
        const alternatives = operator.endsWith('~') ? expand(text) : [text];
        for (const alternative of alternatives) expect([...values], `${label} of ${name}`).toContain(alternative);
      }
    }
  });

  it('would notice a metric, a label or a value that is not there', () => {
    expect(selectorsOf('sum by (kind) (user_balance_nothing{kind="x"}) > 0')).toEqual([
      { name: 'user_balance_nothing', matchers: [['kind', '=', 'x']] },
    ]);
    expect(series.has('user_balance_nothing')).toBe(false);
    expect(series.get('user_balance_operations_total')?.get('outcome')?.has('insufficient_founds')).toBe(false);
  });

  it('group by labels that their metrics have', () => {
    const wrong = expressions.flatMap(([name, expression]) => {
      const labels = [...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
      const known = new Set(['instance', 'job']);
      for (const selector of selectorsOf(expression))
        for (const label of series.get(selector.name)?.keys() ?? []) known.add(label);
      return labels.filter((label) => !known.has(label)).map((label) => `${name}: ${label}`);
    });
    expect(wrong).toEqual([]);
  });

  it('say in docs/operations.md what each alert means', () => {
    const operations = textOf('docs/operations.md');
    for (const { alert, annotations } of rules) {
      if (alert === undefined) continue;
      expect(operations).toContain(`\n#### ${alert}\n`);
      expect(annotations?.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
    }
    const explained = [...operations.matchAll(/^#### (UserBalance\w+)$/gm)].map(([, name]) => name);
    expect(explained.toSorted()).toEqual(alerts.toSorted());
  });

  it('have a test of their own for every alert that a person is woken by', () => {
    const tested = textOf('deploy/prometheus/rules.test.yml');
    // These need no arithmetic: a counter that moved, a state that is there.
    const plain = ['UserBalanceInternalError', 'UserBalanceSlotWithoutOwner'];
    expect(alerts.filter((alert) => !tested.includes(`alertname: ${alert}\n`))).toEqual(plain);
  });
});

/** The values that a simple pattern of alternatives stands for: `/a/(b|c)` is `/a/b` and `/a/c`. */
function expand(pattern: string): readonly string[] {
  const group = /^(.*?)\(([^)]*)\)(.*)$/.exec(pattern);
  if (group === null) return pattern.split('|');
  const [, before = '', inner = '', after = ''] = group;
  return inner.split('|').map((alternative) => `${before}${alternative}${after}`);
}
