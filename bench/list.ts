import type { LoadSettings, Scenario } from './scenarios/scenario.ts';

/** What there is to measure, for a person who chooses. */
export function renderList(scenarios: readonly Scenario[], settings: LoadSettings): string {
  return scenarios
    .map((scenario) => {
      const quick = scenario.isQuick ? ' (also with --quick)' : '';
      return `${scenario.name}${quick}\n  ${scenario.describe(settings)}\n  on ${scenario.sides.join(', ')}\n`;
    })
    .join('\n');
}
