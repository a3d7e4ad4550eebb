import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DRAIN_WITHIN_MS } from '../../src/cluster/worker.ts';
import { SETTING_NAMES } from '../../src/config.ts';
import { pathOf, textOf, yamlOf } from './files.ts';

const { services, volumes } = yamlOf('docker-compose.yml');
const ours = ['service', 'prometheus', 'grafana'];

describe('docker-compose.yml', () => {
  it('starts PostgreSQL and the service, and the monitoring only when asked', () => {
    expect(Object.keys(services)).toEqual(['postgres', ...ours]);
    const always = Object.keys(services).filter((name) => services[name].profiles === undefined);
    expect(always).toEqual(['postgres', 'service']);
    expect([services.prometheus.profiles, services.grafana.profiles]).toEqual([['monitoring'], ['monitoring']]);
  });

  it.each(ours)('lets the container %s do nothing that it need not', (name) => {
    expect(services[name]).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('publishes on loopback only, and the admin listener not at all', () => {
    const ports: string[] = Object.values<{ ports?: string[] }>(services).flatMap((service) => service.ports ?? []);
    expect(ports.length).toBe(4);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    expect(services.service.ports).toEqual([`127.0.0.1:\${PORT:-3000}:3000`, `127.0.0.1:\${ADMIN_PORT:-3001}:3001`]);
  });

  it('mounts what is there', () => {
    const mounts: string[] = Object.values<{ volumes?: string[] }>(services).flatMap(
      (service) => service.volumes ?? [],
    );
    for (const mount of mounts) {
      const [source = ''] = mount.split(':');
      if (source.startsWith('./')) expect(existsSync(pathOf(source.slice(2))), source).toBe(true);
      else expect(Object.keys(volumes)).toContain(source);
    }
  });

  it('sets settings that there are, and gives the time to drain', () => {
    expect(Object.keys(services.service.environment).filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
    expect(Number.parseInt(services.service.stop_grace_period, 10) * 1000).toBeGreaterThan(DRAIN_WITHIN_MS + 1000);
  });

  it('lets Prometheus scrape the admin listener, and Grafana find Prometheus and the dashboard', () => {
    const [job] = yamlOf('deploy/prometheus/prometheus.yml').scrape_configs;
    expect(job.static_configs[0].targets).toEqual([`service:${services.service.environment.ADMIN_PORT}`]);
    const [source] = yamlOf('deploy/grafana/provisioning/datasources/prometheus.yml').datasources;
    expect(source).toMatchObject({ uid: 'prometheus', url: 'http://prometheus:9090' });
    const [provider] = yamlOf('deploy/grafana/provisioning/dashboards/user-balance.yml').providers;
    expect(services.grafana.volumes).toContain(`./deploy/grafana/dashboards:${provider.options.path}:ro`);
  });
});

describe('the Dockerfile', () => {
  const stages = textOf('Dockerfile').split(/^FROM /m);
  const last = stages.at(-1) ?? '';

  it('ends in a stage without compilers, embedded PostgreSQL or root, which says whether it is well', () => {
    expect(stages.length - 1).toBe(3);
    expect(textOf('Dockerfile')).toContain('npm ci --omit=dev --omit=optional');
    expect(last).toMatch(/^USER node$/m);
    expect(last).toMatch(/^HEALTHCHECK /m);
    expect(last).not.toMatch(/^RUN /m);
  });

  it('copies what .dockerignore lets in', () => {
    const allowed = [...textOf('.dockerignore').matchAll(/^!(.*)$/gm)].map(([, name]) => name);
    const copied = [...textOf('Dockerfile').matchAll(/^COPY (?!--)(.*) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    expect(copied.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});
