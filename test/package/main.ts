// Packs the package, installs it elsewhere and uses it there: npm run package:check
import { type ExecFileException, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeTemporaryFolder, removeTemporaryFolder } from '../embedded/temporary-folder.ts';
import { clientExample } from '../support/readme.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const NAME = 'highload-user-balance';
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

const expected = [
  /^dist\/.+\.js$/,
  /^dist\/client\/.+\.d\.ts$/,
  /^dist\/console\/page\/[^/]+\.(?:html|css|svg)$/,
  /^docs\/.+\.md$/,
  /^drizzle\/[^/]+\.sql$/,
  /^(?:drizzle\/meta\/_journal\.json|package\.json|README\.md|CHANGELOG\.md|LICENSE|\.env\.example)$/,
];

function require(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Runs a program to its end; throws with all it wrote when it fails. */
async function run(file: string, args: readonly string[], cwd: string): Promise<string> {
  // The npm inside is not the one that runs this: only its settings are to be the same.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)/.test(name)));
  try {
    return (await promisify(execFile)(file, [...args], { cwd, env, shell: process.platform === 'win32' })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as ExecFileException;
    throw new Error(`${file} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  }
}

/** Packs the checkout, as a release would, and installs that in a folder where there is nothing else. */
async function install(folder: string): Promise<void> {
  await run('npm', ['pack', '--pack-destination', folder], checkout);
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  require(tarball !== undefined, 'npm pack has made no package');
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  // As npm will do by itself for packages that nobody has allowed to run scripts.
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', ...quietly, `./${tarball}`], folder);
}

async function checkContents(folder: string): Promise<void> {
  const root = join(folder, 'node_modules', NAME);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((file) => !file.startsWith('node_modules/'));
  for (const pattern of expected) require(files.some((file) => pattern.test(file)), `no file ${pattern}`);
  const others = files.filter((file) => !expected.some((pattern) => pattern.test(file)));
  require(others.length === 0, `the package has files that are none of its: ${others.join(', ')}`);
  const installed = await readdir(join(folder, 'node_modules'));
  const development = ['typescript', 'tsx', 'vitest', 'drizzle-kit', '@biomejs'].filter((name) =>
    installed.includes(name),
  );
  require(development.length === 0, `what is for development was installed: ${development.join(', ')}`);
}

/**
 * With the types of Node, and with those of a browser. For the latter the declarations of the package are checked too, and
 * its sources: nothing in them is of Node alone.
 */
async function checkTypes(folder: string): Promise<void> {
  await copyFile(new URL('./consumer.ts', import.meta.url), join(folder, 'consumer.ts'));
  await writeFile(join(folder, 'example.ts'), clientExample());
  const strict = {
    strict: true,
    noEmit: true,
    exactOptionalPropertyTypes: true,
    target: 'ES2023',
    skipLibCheck: false,
  };
  const node = { lib: ['ES2023'], types: ['node'], typeRoots: [join(checkout, 'node_modules', '@types')] };
  const browser = { lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'], types: [] };
  const settings = {
    node: { ...strict, ...node, module: 'NodeNext', moduleResolution: 'NodeNext', skipLibCheck: true },
    browser: { ...strict, ...browser, module: 'ESNext', moduleResolution: 'Bundler', allowImportingTsExtensions: true },
  };
  for (const [name, compilerOptions] of Object.entries(settings)) {
    const project = join(folder, `tsconfig.${name}.json`);
    const sources = name === 'browser' ? [join(checkout, 'src/client/balance-client.ts')] : [];
    await writeFile(project, JSON.stringify({ compilerOptions, files: ['consumer.ts', 'example.ts', ...sources] }));
    await run(process.execPath, [join(checkout, 'node_modules/typescript/bin/tsc'), '-p', project], folder);
  }
}

/** Starts the service with its embedded PostgreSQL, runs the example of the README against it, and ends it. */
async function useService(folder: string): Promise<void> {
  const bin = join(folder, 'node_modules', '.bin', 'user-balance');
  const env = { ...process.env, PORT: '0', ADMIN_PORT: 'off', WORKERS: '1', DATA_DIR: join(folder, 'data') };
  const settings = Object.entries(env).filter(([name]) => name !== 'DATABASE_URL');
  const service = spawn(bin, ['serve'], {
    cwd: folder,
    env: Object.fromEntries(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(service, 'exit');
  let [stdout, stderr] = ['', ''];
  service.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  try {
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`the service ${why}:\n${stdout}${stderr}`));
      const timer = setTimeout(() => fail('did not start in time'), START_WITHIN_MS);
      service.once('exit', () => fail('ended'));
      service.once('close', () => clearTimeout(timer));
      service.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk;
        const found = /Listening on (http:\/\/[^\s,]+)/.exec(stdout)?.[1];
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      });
    });
    await writeFile(join(folder, 'example.mjs'), clientExample(url));
    const told = await run(process.execPath, ['example.mjs'], folder);
    require(told === 'paid, 9998 left\n', `the example says: ${told}`);
    const shown = await run(bin, ['users', 'show', '1', '--url', url], folder);
    require(shown === 'User 1 has 9998 (version 2).\n', `users show says: ${shown}`);
    const benched = await run(bin, ['bench'], folder).catch((error: Error) => error.message);
    require(benched.includes('it runs in a checkout'), `bench says: ${benched}`);
    service.kill('SIGTERM');
    const timer = setTimeout(() => service.kill('SIGKILL'), STOP_WITHIN_MS);
    const [code, signal] = (await exited) as [number | null, string | null];
    clearTimeout(timer);
    require(code === 0, `the service ended with ${signal ?? code}:\n${stderr}`);
  } finally {
    service.kill('SIGKILL');
  }
}

const folder = await makeTemporaryFolder();
try {
  await install(folder);
  say('It packs, and installs elsewhere without running a script.');
  await checkContents(folder);
  say('It has what it needs, and nothing else.');
  await checkTypes(folder);
  say('Its client has types, for Node and for browsers.');
  await useService(folder);
  say('Its service starts with its own PostgreSQL, its client makes a change, its command line shows it, and it ends.');
} finally {
  await removeTemporaryFolder(folder);
}
