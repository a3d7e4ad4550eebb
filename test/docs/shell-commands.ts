import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

export interface ShellBlock {
  readonly file: string;
  /** The nearest heading above it. */
  readonly section: string;
  readonly text: string;
  /** Its lines without what is a comment. */
  readonly commands: readonly string[];
  /** The next block, when there is only prose in between it: what the commands print. */
  readonly output: { readonly language: string; readonly text: string } | null;
}

/** The pages for people; the records of decisions have no commands. */
export const PAGES: readonly string[] = [
  ...readdirSync(project).filter((name) => name.endsWith('.md')),
  ...readdirSync(`${project}docs`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Every fenced block of a page in the language of a shell, in order. */
export function shellBlocksOf(file: string): readonly ShellBlock[] {
  const page = readFileSync(`${project}${file}`, 'utf8');
  const fences = [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((match) => ({
    language: match[1] ?? '',
    text: match[2] ?? '',
    start: match.index,
    end: match.index + match[0].length,
  }));
  return fences.flatMap(({ language, text, start, end }, index) => {
    if (!['sh', 'bash', 'shell', 'console'].includes(language)) return [];
    const next = fences[index + 1];
    const follows = next !== undefined && page.slice(end, next.start).trim() === '';
    return [
      {
        file,
        section: [...page.slice(0, start).matchAll(/^#{1,4} (.*)$/gm)].at(-1)?.[1] ?? '',
        text,
        commands: text
          .split('\n')
          .map((line) => line.replace(/(^|\s+)#.*$/, '').trim())
          .filter((line) => line !== ''),
        output: follows ? { language: next.language, text: next.text } : null,
      },
    ];
  });
}

/** The block of a page's section that contains `text`. */
export function shellBlockWith(file: string, section: string, text: string): ShellBlock {
  const found = shellBlocksOf(file).find((block) => block.section === section && block.text.includes(text));
  if (found === undefined) throw new Error(`${file} has no such block under "${section}": ${text}`);
  return found;
}
