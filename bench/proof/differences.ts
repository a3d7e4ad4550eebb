/** One line for each fact that is not as expected. */
export function differences(facts: readonly (readonly [name: string, actual: number, expected: number])[]): string[] {
  return facts
    .filter(([, actual, expected]) => actual !== expected)
    .map(([name, actual, expected]) => `${name}: ${actual}, expected ${expected}`);
}
