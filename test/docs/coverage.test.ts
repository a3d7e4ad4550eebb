import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { coverageOf, RULES, ruleOf } from './coverage.ts';
import { PAGES, shellBlocksOf } from './shell-commands.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const ci = readFileSync(pathOf('.ci/run'), 'utf8');
const blocks = PAGES.flatMap(shellBlocksOf);
const commands = blocks.flatMap((block) => block.commands.map((command) => ({ ...block, command })));

describe('the commands of the documentation', () => {
  it.each(commands.map(({ file, section, command }) => [file, command, section] as const))(
    '%s: %s is run by a test or by CI, or said not to be',
    (_file, command, section) => {
      const coverage = coverageOf(command, section);
      expect(coverage, 'nothing runs it: see test/docs/coverage.ts').toBeDefined();
      if (coverage === undefined) return;
      if ('step' in coverage)
        expect(ci).toMatch(new RegExp(`\\bstep \\d+ ${coverage.step.replace(/[.*+?()[\]]/g, '\\$&')}`));
      else expect(existsSync(pathOf('test' in coverage ? coverage.test : coverage.checkedBy))).toBe(true);
    },
  );

  it('are shell', () => {
    for (const { file, text } of blocks) {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
      expect({ file, status, stderr }).toEqual({ file, status: 0, stderr: '' });
    }
  });

  it('name scripts and files that there are', () => {
    const { scripts } = JSON.parse(readFileSync(pathOf('package.json'), 'utf8')) as { scripts: Record<string, string> };
    for (const { command } of commands) {
      for (const [, script = ''] of command.matchAll(/npm run (?:--silent )?([\w:-]+)/g))
        expect(scripts).toHaveProperty([script]);
      for (const [file] of command.matchAll(/\bdeploy\/[\w./-]+/g)) expect(existsSync(pathOf(file)), file).toBe(true);
    }
  });

  it('are met by no rule in vain', () => {
    const used = new Set(commands.map(({ command, section }) => ruleOf(command, section)));
    expect(RULES.filter((rule) => !used.has(rule)).map(({ command }) => command.source)).toEqual([]);
  });

  it('would be noticed when nothing ran them', () => {
    expect(coverageOf('rm -rf everything', 'Start')).toBeUndefined();
    expect(coverageOf('pg_dump x', 'Start')).toBeUndefined();
  });
});

describe('the links between the pages', () => {
  it.each(PAGES)('%s leads to files and headings that there are', (page) => {
    const text = readFileSync(pathOf(page), 'utf8').replace(/^```.*?^```$/gms, '');
    const broken = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].flatMap(([, target = '']) => {
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? page : new URL(file, `file:///${page}`).pathname.slice(1);
      if (!existsSync(pathOf(path))) return [target];
      if (anchor === undefined) return [];
      const headings = [...readFileSync(pathOf(path), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      );
      return headings.includes(anchor) ? [] : [target];
    });
    expect(broken).toEqual([]);
  });
});
