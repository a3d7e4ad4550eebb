import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const NAME = 'user_balance_verify';

/** One sample that was checked. */
export interface CheckedSample {
  readonly users: number;
  readonly entries: number;
  readonly findings: readonly { readonly kind: string }[];
  readonly durationMs: number;
  /** Wall-clock ms since 1970. */
  readonly endedAtMs: number;
}

export interface VerifyMetrics {
  record(sample: CheckedSample): void;
  /** A sample could not be checked; nothing is known of the ledger. */
  recordFailure(): void;
}

/** What the background check counts; every kind of finding is there from the start, at 0, so that a rise is seen. */
export function createVerifyMetrics(registry: Registry, kinds: readonly string[]): VerifyMetrics {
  const registers = [registry];
  const users = new Counter({ name: `${NAME}_users_total`, help: 'Users checked in samples.', registers });
  const entries = new Counter({
    name: `${NAME}_entries_total`,
    help: 'Entries checked in samples. Of each user only the newest 1000 are looked at; the command verify sees all.',
    registers,
  });
  const findings = new Counter({
    name: `${NAME}_findings_total`,
    help: 'Disagreements found in samples, a lasting one each time it is met. Samples do not look for orphan entries.',
    labelNames: ['kind'],
    registers,
  });
  const lastSuccess = new Gauge({
    name: `${NAME}_last_success_timestamp_seconds`,
    help: 'When a sample was last checked without a finding; 0 before the first.',
    registers,
  });
  const duration = new Histogram({
    name: `${NAME}_duration_seconds`,
    help: 'How long the check of a sample took.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const failures = new Counter({
    name: `${NAME}_failures_total`,
    help: 'Samples that could not be checked.',
    registers,
  });
  for (const kind of kinds) findings.inc({ kind }, 0);
  return {
    record(sample) {
      users.inc(sample.users);
      entries.inc(sample.entries);
      for (const { kind } of sample.findings) findings.inc({ kind });
      duration.observe(sample.durationMs / 1000);
      if (sample.findings.length === 0) lastSuccess.set(sample.endedAtMs / 1000);
    },
    recordFailure: () => failures.inc(),
  };
}
