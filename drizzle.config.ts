import { defineConfig } from 'drizzle-kit';
import { readConfig } from './src/config.ts';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/store/schema.ts',
  out: './drizzle',
  dbCredentials: { url: readConfig().databaseUrl ?? '' },
});
