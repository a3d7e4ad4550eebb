import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

type Model = new (data: unknown) => { validate(): void };

/** What the schema of its kind says against a manifest: types, required members, enumerations; not unknown members. */
export async function violationsOf(manifest: Manifest): Promise<string | null> {
  const models = (await import(/* @vite-ignore */ `kubernetes-models/${manifest.apiVersion}`)) as Readonly<
    Record<string, Model>
  >;
  const model = models[manifest.kind];
  if (model === undefined) return `there is no ${manifest.kind} in ${manifest.apiVersion}`;
  try {
    new model(manifest).validate();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/**
 * What the types of their kinds say against manifests: unknown members above all, which the schemas let pass and the
 * server would drop. One run of the compiler over all of them as literals. Empty when there is nothing.
 */
export function typeErrorsOf(manifests: readonly Manifest[]): string {
  mkdirSync(join(project, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(project, 'dist', 'manifests-'));
  try {
    const source = manifests
      .map(
        ({ apiVersion, kind }, index) =>
          `import type { I${kind} as I${index} } from 'kubernetes-models/${apiVersion}';`,
      )
      .concat(
        manifests.map((manifest, index) => `export const m${index}: I${index} = ${JSON.stringify(manifest, null, 1)};`),
      )
      .join('\n');
    const file = join(folder, 'manifests.mts');
    writeFileSync(file, source);
    const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--types', ''];
    const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, ...options, file], { encoding: 'utf8' });
    return status === 0 ? '' : `${stdout}${stderr}` || `the compiler ended with ${status}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
