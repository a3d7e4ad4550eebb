import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { DRAIN_WITHIN_MS } from '../../src/cluster/worker.ts';
import { SETTING_NAMES } from '../../src/config.ts';
import { pathOf, textOf } from './files.ts';

/** From the signal to the exit: a drain, and the end of the workers and of the launcher. */
const ENDS_WITHIN_MS = DRAIN_WITHIN_MS + 1000;

describe('the systemd unit', () => {
  const unit = textOf('deploy/systemd/user-balance.service');
  const settingOf = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1];

  it('starts the service itself, reloads it without a pause and gives it the time to drain', () => {
    expect(settingOf('ExecStart')).toBe('/usr/bin/node dist/main.js serve');
    expect(settingOf('ExecReload')).toBe('/bin/kill -HUP $MAINPID');
    expect(settingOf('KillMode')).toBe('mixed');
    expect(Number(settingOf('TimeoutStopSec')) * 1000).toBeGreaterThan(ENDS_WITHIN_MS);
  });

  it('leaves V8 its machine code, and enough open files for all connections', () => {
    expect(settingOf('MemoryDenyWriteExecute')).toBe('no');
    expect(Number(settingOf('LimitNOFILE'))).toBeGreaterThan(20_000);
  });

  it('has an example of its settings that names real ones', () => {
    const names = [...textOf('deploy/systemd/environment.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !SETTING_NAMES.includes(name as string))).toEqual([]);
  });
});

describe('the pm2 ecosystem file', () => {
  const { apps } = createRequire(import.meta.url)(pathOf('deploy/pm2/ecosystem.config.cjs'));
  const [app] = apps;

  it('runs one launcher, which forks its workers itself', () => {
    expect(apps).toHaveLength(1);
    expect(app).toMatchObject({
      exec_mode: 'fork',
      instances: 1,
      script: 'dist/main.js',
      args: 'serve',
      treekill: false,
    });
    expect(`${app.cwd}/`).toBe(pathOf(''));
    expect(app.kill_timeout).toBeGreaterThan(ENDS_WITHIN_MS);
  });
});
