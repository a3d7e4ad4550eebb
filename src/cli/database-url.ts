import { ConfigError, readConfig } from '../config.ts';

/** What was given, or DATABASE_URL. Throws ConfigError when there is neither. */
export function requireDatabaseUrl(given: string | undefined): string {
  const url = given ?? readConfig().databaseUrl;
  if (url !== undefined) return url;
  throw new ConfigError(
    'Set DATABASE_URL: postgres://user:password@host:5432/name\n' +
      'The embedded PostgreSQL, which is used without it, is created and migrated by "user-balance serve".',
  );
}
