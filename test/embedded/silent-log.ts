import type { EmbeddedLog } from '../../src/embedded/postmaster-supervisor.ts';

export const silentLog: EmbeddedLog = { info: () => {}, warn: () => {}, error: () => {} };
