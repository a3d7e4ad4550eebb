import type { Finding } from './finding.ts';

/** Counts every finding and keeps the first few. */
export class Findings {
  readonly #keptMax: number;
  readonly #kept: Finding[] = [];
  #total = 0;

  constructor(keptMax: number) {
    this.#keptMax = keptMax;
  }

  get total(): number {
    return this.#total;
  }

  get kept(): readonly Finding[] {
    return this.#kept;
  }

  add(findings: readonly Finding[]): void {
    this.#total += findings.length;
    this.#kept.push(...findings.slice(0, this.#keptMax - this.#kept.length));
  }

  addAll(other: Findings): void {
    this.#total += other.total;
    this.#kept.push(...other.kept.slice(0, this.#keptMax - this.#kept.length));
  }
}
