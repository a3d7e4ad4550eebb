import { describe, expect, it } from 'vitest';
import { DRAIN_WITHIN_MS } from '../../src/cluster/worker.ts';
import { parseConfig } from '../../src/config.ts';
import { documentsOf, filesIn, textOf, yamlOf } from './files.ts';
import { type Manifest, typeErrorsOf, violationsOf } from './kubernetes-schema.ts';

const FOLDER = 'deploy/kubernetes';
const files = filesIn(FOLDER).filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml');
// biome-ignore lint/suspicious/noExplicitAny: the schema says what is in it
type Any = any;
const manifests = files.flatMap((file) =>
  documentsOf<Manifest & { readonly spec: Any; readonly data: Any }>(`${FOLDER}/${file}`),
);

const find = (kind: string, name: string) => {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
};
const kustomization = yamlOf(`${FOLDER}/kustomization.yaml`);
const { version } = JSON.parse(textOf('package.json')) as { version: string };
const deployment = find('Deployment', 'user-balance');
const migration = find('Job', 'user-balance-migration-0.1.0'.replace('0.1.0', version));
const pods = [deployment, migration, find('Deployment', 'haproxy')].map(({ spec }) => spec.template);
const [servicePod] = pods;
const [service] = servicePod.spec.containers;

describe('the Kubernetes manifests', () => {
  it.each(manifests.map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const))(
    'have a %s %s as its schema says',
    async (_kind, _name, manifest) => {
      expect(await violationsOf(manifest)).toBeNull();
    },
  );

  it('have no member that Kubernetes does not know', () => {
    expect(typeErrorsOf(manifests)).toBe('');
  });

  it('would be refused with a wrong type, a missing or an unknown member', async () => {
    const damaged = (change: (copy: Any) => void) => {
      const copy = structuredClone(deployment);
      change(copy);
      return copy;
    };
    expect(
      await violationsOf(
        damaged((copy) => {
          copy.spec.replicas = 'two';
        }),
      ),
    ).toMatch(/replicas/);
    expect(
      await violationsOf(
        damaged((copy) => {
          delete copy.spec.selector;
        }),
      ),
    ).toMatch(/selector/);
    const misspelt = damaged((copy) => {
      copy.spec.template.spec.containers[0].readinesProbe = {};
    });
    expect(typeErrorsOf([misspelt])).toMatch(/readinesProbe/);
  });

  it('are all listed, but for the migration, which comes first, and the example of secrets', () => {
    const listed = [...kustomization.resources, 'migration.yaml', 'secrets.example.yaml'];
    expect(listed.toSorted()).toEqual(files.toSorted());
    expect(kustomization.configMapGenerator[0].files.every((file: string) => filesIn(FOLDER).includes(file))).toBe(
      true,
    );
  });

  it('run the image of this version', () => {
    expect(kustomization.images).toEqual([{ name: 'user-balance', newTag: version }]);
    for (const pod of [deployment.spec.template, migration.spec.template]) {
      expect(pod.spec.containers[0].image).toBe(`user-balance:${version}`);
    }
  });

  it('refer only to what is there', () => {
    const named = (kind: string) => manifests.filter((each) => each.kind === kind).map(({ metadata }) => metadata.name);
    const configMaps = [...named('ConfigMap'), ...kustomization.configMapGenerator.map((each: Any) => each.name)];
    for (const { spec } of pods) {
      const sources: Any[] = spec.containers.flatMap((container: Any) => container.envFrom ?? []);
      for (const { secretRef, configMapRef } of sources) {
        if (secretRef !== undefined) expect(named('Secret')).toContain(secretRef.name);
        if (configMapRef !== undefined) expect(configMaps).toContain(configMapRef.name);
      }
      for (const { secret, configMap } of (spec.volumes ?? []) as Any[]) {
        if (secret !== undefined) expect(named('Secret')).toContain(secret.secretName);
        if (configMap !== undefined) expect(configMaps).toContain(configMap.name);
      }
      expect(named('ServiceAccount')).toContain(spec.serviceAccountName);
    }
  });

  it('select the pods they mean', () => {
    for (const { spec } of [deployment, find('Deployment', 'haproxy')]) {
      expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    }
    const selectors = manifests.flatMap(({ kind, metadata, spec }) => {
      if (kind === 'Service') return [[metadata.name, spec.selector]] as const;
      if (kind === 'PodDisruptionBudget') return [[metadata.name, spec.selector.matchLabels]] as const;
      return kind === 'NetworkPolicy' ? ([[metadata.name, spec.podSelector.matchLabels]] as const) : [];
    });
    const selected = selectors.map(([name, selector]) => [
      name,
      pods.filter((pod) => Object.entries(selector).every(([key, value]) => pod.metadata.labels[key] === value)).length,
    ]);
    expect(selected.filter(([, count]) => count !== 1)).toEqual([]);
  });

  it('lead to ports that the pods have', () => {
    const names = pods.flatMap(({ spec }) =>
      spec.containers.flatMap(({ ports = [] }: Any) => ports.map((port: Any) => port.name)),
    );
    for (const { spec } of manifests.filter(({ kind }) => kind === 'Service')) {
      for (const { targetPort } of spec.ports) expect(names).toContain(targetPort);
    }
  });

  it('give settings that the service accepts, and the ports they name', () => {
    const { data } = find('ConfigMap', 'user-balance');
    const config = parseConfig({
      ...data,
      DATABASE_URL: 'postgres://wallet:secret@postgres.example.com:5432/user_balance',
    });
    expect(service.ports.map((port: Any) => port.containerPort)).toEqual([config.port, config.adminPort]);
    const keys = servicePod.spec.volumes.find((volume: Any) => volume.name === 'keys');
    const mount = service.volumeMounts.find((each: Any) => each.name === 'keys');
    expect(keys.secret.secretName).toBe('user-balance-keys');
    expect(data.API_KEYS_FILE.startsWith(`${mount.mountPath}/`)).toBe(true);
  });

  it('never wait for the lease: a pod that stands by is Ready, and an update starts new ones first', () => {
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      expect(service[probe].httpGet).toEqual({ path: '/livez', port: 'http' });
    }
    expect(deployment.spec.strategy.rollingUpdate).toEqual({ maxSurge: deployment.spec.replicas, maxUnavailable: 0 });
    expect(find('PodDisruptionBudget', 'user-balance').spec.maxUnavailable).toBeLessThan(deployment.spec.replicas);
  });

  it('send requests to the pod that answers /readyz, and give it the time to drain', () => {
    const configuration = textOf(`${FOLDER}/haproxy.cfg`);
    expect(configuration).toContain('option httpchk GET /readyz');
    const { name } = find('Service', 'user-balance-launchers').metadata;
    expect(configuration).toContain(`${name}.${kustomization.namespace}.svc.cluster.local:3000`);
    expect(servicePod.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(DRAIN_WITHIN_MS + 1000);
  });

  it.each(pods.map((pod) => [pod.metadata.labels['app.kubernetes.io/component'], pod.spec] as const))(
    'let the %s do nothing that it need not',
    (_name, spec) => {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of spec.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toBeDefined();
      }
    },
  );
});
