import { availableParallelism } from 'node:os';
import { z } from 'zod';
import {
  type AccessSettings,
  accessSettingsOf,
  findAccessDefects,
  JWT_ALGORITHMS,
  JWT_ALGORITHMS_DEFAULT,
} from './access/settings.ts';

/** An integer written as plain digits: `Number('')`, `0x10` and `1e3` are mistakes here, not numbers. */
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be an integer from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be an integer from ${min} to ${max}`);

/** A port, or null for `off`. */
const portOrOff = z
  .string()
  .refine((value) => value === 'off' || (/^\d{1,5}$/.test(value) && Number(value) <= 65_535), {
    error: 'must be an integer from 0 to 65535, or off',
  })
  .transform((value) => (value === 'off' ? null : Number(value)));

const postgresUrl = z
  .string()
  .refine((value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value), 'must be a postgres:// URL');

/** Keys fetched in the clear could be anybody's; on loopback nobody is in between. */
const jwksUrl = z
  .string()
  .refine(
    (value) => URL.canParse(value) && /^(https:\/\/|http:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])[:/])/.test(value),
    'must be an https:// URL',
  );

export const SERVICE_URL_FORM = 'must be an http:// or https:// URL without user, query and fragment';

/** True for where a service can be: with a path prefix or none. */
export function isServiceUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return `${username}${password}${search}${hash}` === '';
}

const algorithms = z
  .string()
  .transform((value) => value.split(',').map((name) => name.trim()))
  .refine(
    (names) => names.every((name) => JWT_ALGORITHMS.includes(name)),
    `must be a list, with commas, of ${JWT_ALGORITHMS.join(', ')}`,
  );

// An embedded PostgreSQL shares the machine, and two workers beside it on two cores were slower than one.
const defaultWorkers = Math.max(1, Math.min(availableParallelism() - 1, 8));

const variables = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: integer(0, 65_535).default(3000),
  WORKERS: integer(1, 64).default(defaultWorkers),
  DATABASE_URL: postgresUrl.optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  CACHE_MAX_USERS: integer(1, 100_000_000).default(1_000_000),
  MAX_PENDING_PER_USER: integer(16_384, 10_000_000).default(16_384),
  MAX_PENDING: integer(16_384, 10_000_000).default(65_536),
  MAX_CONNECTIONS: integer(1, 1_000_000).default(20_000),
  REQUEST_TIMEOUT_MS: integer(500, 600_000).default(5000),
  ADMIN_HOST: z.string().min(1).default('127.0.0.1'),
  ADMIN_PORT: portOrOff.default(3001),
  VERIFY_INTERVAL_S: integer(0, 86_400).default(60),
  VERIFY_SAMPLE_USERS: integer(1, 10_000).default(100),
  METRICS: z.enum(['on', 'off']).default('on'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  AUTH: z.enum(['none'], 'must be none or absent').optional(),
  API_KEYS: z.string().optional(),
  API_KEYS_FILE: z.string().optional(),
  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_JWKS_URL: jwksUrl.optional(),
  JWT_PUBLIC_KEY_FILE: z.string().optional(),
  JWT_ALGORITHMS: algorithms.prefault(JWT_ALGORITHMS_DEFAULT),
  RATE_LIMIT: integer(1, 10_000_000).optional(),
  RATE_LIMIT_WINDOW_S: integer(1, 60).default(1),
});

/** For the commands that call a running service. */
const callerVariables = z.object({
  USER_BALANCE_URL: z.string().refine(isServiceUrl, SERVICE_URL_FORM).default('http://127.0.0.1:3000'),
  USER_BALANCE_API_KEY: z
    .string()
    .regex(/^[!-~]+$/, 'must be an API key or a token, without blanks')
    .optional(),
});

/** Every setting there is. */
export const SETTING_NAMES: readonly string[] = Object.keys({ ...variables.shape, ...callerVariables.shape });

const environment = variables.superRefine((given, context) => {
  for (const { name, message } of findAccessDefects(given)) {
    context.addIssue({ code: 'custom', path: [name], message });
  }
});

export interface Config {
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  readonly workers: number;
  /** Absent: the embedded PostgreSQL in `dataDir` is used. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** Idle accounts kept in memory by each worker. */
  readonly cacheUsersMax: number;
  readonly pendingPerUserMax: number;
  /** Operations admitted and not yet answered, per worker. */
  readonly pendingMax: number;
  /** Connections that each worker keeps open. */
  readonly connectionsMax: number;
  readonly requestTimeoutMs: number;
  /** Workers count what they do. */
  readonly isMetered: boolean;
  readonly logLevel: z.infer<typeof variables>['LOG_LEVEL'];
  readonly access: AccessSettings;
  readonly adminHost: string;
  /** 0 lets the system choose one; null is no admin listener. */
  readonly adminPort: number | null;
  /** From one background check of a sample of users to the next; 0 is never. */
  readonly verifyIntervalMs: number;
  readonly verifySampleUsers: number;
}

/** How a command reaches a running service. */
export interface CallerConfig {
  readonly serviceUrl: string;
  /** An API key or a token. */
  readonly apiKey: string | undefined;
}

/** A setting that cannot be used. Its message names every bad one and fits the terminal. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the settings from the environment and, for those that are not in it, from the file `.env` of the working
 * folder. An empty value counts as absent. Throws ConfigError.
 */
export function readConfig(): Config {
  loadEnvFile();
  return parseConfig(process.env);
}

/** The same for a command that calls a running service. Throws ConfigError. */
export function readCallerConfig(): CallerConfig {
  loadEnvFile();
  return parseCallerConfig(process.env);
}

function loadEnvFile(): void {
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new ConfigError(`Cannot read the file .env: ${(error as Error).message}`);
    }
  }
}

/** The settings in `variables`. Throws ConfigError. */
export function parseConfig(variables: NodeJS.ProcessEnv): Config {
  const settings = parseVariables(environment, variables, 'Cannot start, a setting is wrong:');
  return {
    host: settings.HOST,
    port: settings.PORT,
    workers: settings.WORKERS,
    databaseUrl: settings.DATABASE_URL,
    dataDir: settings.DATA_DIR,
    cacheUsersMax: settings.CACHE_MAX_USERS,
    pendingPerUserMax: settings.MAX_PENDING_PER_USER,
    pendingMax: settings.MAX_PENDING,
    connectionsMax: settings.MAX_CONNECTIONS,
    requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
    adminHost: settings.ADMIN_HOST,
    adminPort: settings.ADMIN_PORT,
    verifyIntervalMs: settings.VERIFY_INTERVAL_S * 1000,
    verifySampleUsers: settings.VERIFY_SAMPLE_USERS,
    isMetered: settings.METRICS === 'on',
    logLevel: settings.LOG_LEVEL,
    access: accessSettingsOf(settings),
  };
}

/** The settings in `variables` for calling a service. Throws ConfigError. */
export function parseCallerConfig(variables: NodeJS.ProcessEnv): CallerConfig {
  const settings = parseVariables(callerVariables, variables, 'A setting is wrong:');
  return { serviceUrl: settings.USER_BALANCE_URL, apiKey: settings.USER_BALANCE_API_KEY };
}

function parseVariables<T>(schema: z.ZodType<T>, variables: NodeJS.ProcessEnv, complaint: string): T {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  // The messages are ours and repeat no value, which may be a secret.
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new ConfigError(`${complaint}\n${lines.join('\n')}`);
}
