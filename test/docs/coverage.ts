/**
 * What runs each command of the documentation: a step of .ci/run (its beginning), a test (its file), or nothing, for a
 * reason; then the page must say so too.
 */
export type Coverage =
  | { readonly step: string }
  | { readonly test: string }
  | { readonly notRun: string; readonly checkedBy: string };

interface Rule {
  readonly command: RegExp;
  /** Only in these sections; by default in all. */
  readonly sections?: readonly string[];
  readonly by: Coverage;
}

const HOST = 'test/deploy/hosts.test.ts';
const KUBERNETES = 'test/deploy/kubernetes.test.ts';

/** The first that fits counts. */
export const RULES: readonly Rule[] = [
  {
    command: /^curl .*127\.0\.0\.1:3000/,
    sections: ['Try it', 'A tour with curl'],
    by: { test: 'test/docs/tour.test.ts' },
  },
  {
    command:
      /^(pg_dump|pg_dumpall|pg_restore|pg_basebackup|pg_verifybackup|psql|DATABASE_URL="\$RESTORED_URL" npm run) /,
    sections: ['Backup and restore'],
    by: { test: 'test/docs/backup.test.ts' },
  },
  // Installing, starting, testing: .ci/run does the first and the last, and the packed package is started by its check.
  { command: /^npm ci && npm test$/, by: { step: 'npm test' } },
  { command: /^npm ci && npm run build$/, by: { step: 'npm test' } },
  { command: /^(DATABASE_URL=\S+ )?npm start$|^npm ci && npm start$/, by: { test: 'test/docs/start.test.ts' } },
  { command: /^cp \.env\.example \.env$/, by: { test: 'test/docs/start.test.ts' } },
  { command: /API_KEYS_FILE=keys\.json npm start$/, by: { test: 'test/cluster/access.test.ts' } },
  { command: /^curl .* -H 'authorization: Bearer hub_/, by: { test: 'test/cluster/access.test.ts' } },
  { command: /user-balance -- keys create /, by: { test: 'test/cli/keys-commands.test.ts' } },
  { command: /user-balance -- verify( --all)?$/, by: { test: 'test/verify/command.test.ts' } },
  { command: /user-balance -- users (adjust|show) /, by: { test: 'test/cli/users.test.ts' } },
  { command: /^node dist\/main\.js migrate$/, by: { test: 'test/store/roles.test.ts' } },
  { command: /^node dist\/main\.js serve$/, by: { test: 'test/cluster/cluster.test.ts' } },
  { command: /^NODE_OPTIONS='--import .\/otel\.mjs'/, by: { test: 'test/cluster/observability.test.ts' } },
  { command: /^npm run simulate/, by: { step: 'npm run simulate' } },
  { command: /^npm run faults/, by: { step: 'npm run faults' } },
  { command: /^npm run bench:report/, by: { test: 'test/bench' } },
  { command: /^npm run bench( |$)/, by: { step: 'npm run bench -- --quick' } },
  {
    command: /^npx tsx bench\/experiments\//,
    by: { notRun: 'each measures for one to two minutes', checkedBy: 'test/bench/experiments.test.ts' },
  },
  { command: /^npm run check$/, by: { step: 'npm run check' } },
  { command: /^npm run fix$/, by: { step: 'npm run check' } },
  { command: /^npx vitest run test\//, by: { step: 'npm test' } },
  { command: /^\.ci\/run$/, by: { step: 'npm ci' } },
  { command: /^promtool check config /, by: { step: 'promtool check config' } },
  { command: /^promtool test rules /, by: { step: 'promtool test rules' } },
  { command: /^haproxy -c /, by: { step: 'check_haproxy' } },
  { command: /^kubectl kustomize /, by: { step: 'kubectl kustomize' } },
  { command: /^kubectl (apply|wait|rollout) /, by: { notRun: 'needs a cluster', checkedBy: KUBERNETES } },
  { command: /^docker compose /, by: { notRun: 'needs a Docker engine', checkedBy: 'test/deploy/compose.test.ts' } },
  { command: /^pm2 /, by: { notRun: 'pm2 is no dependency', checkedBy: HOST } },
  {
    command: /^(install|systemd-sysusers|systemctl|journalctl) /,
    by: { notRun: 'needs root and systemd', checkedBy: HOST },
  },
];

/** What runs a command of this section; undefined: nothing does. */
export function coverageOf(command: string, section: string): Coverage | undefined {
  return ruleOf(command, section)?.by;
}

export const ruleOf = (command: string, section: string): Rule | undefined =>
  RULES.find((rule) => rule.command.test(command) && (rule.sections ?? [section]).includes(section));
