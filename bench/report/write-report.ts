import { writeFile } from 'node:fs/promises';
import { readResult } from '../result-file.ts';
import { reportPage } from './report-page.ts';

/** Writes the page of a result beside it, from nothing but the file. Returns its path. */
export async function writeReport(resultPath: string): Promise<string> {
  const path = resultPath.replace(/(\.json)?$/, '.html');
  await writeFile(path, reportPage(await readResult(resultPath)));
  return path;
}
