import { INTEGER_MAX, type Version } from '../domain/operation.ts';
import { sendProblem } from './answers.ts';
import type { Defect } from './body-scanner.ts';
import { deadlineFromNow, type Endpoint, type HttpContext, perform } from './context.ts';
import { ENTRIES_LIMIT_DEFAULT, ENTRIES_LIMIT_MAX } from './limits.ts';
import { refuseBody, requireUserId } from './preconditions.ts';
import { parsePositiveInteger, queryOf } from './target.ts';

interface Page {
  readonly kind: 'page';
  readonly limit: number;
  readonly before: Version | null;
  readonly withRefused: boolean;
}

const defect = (detail: string): Defect => ({ kind: 'defect', detail });

/** The members of a query string as they are written: nothing here ever needs an escape. */
function splitQuery(query: string): Map<string, string> | Defect {
  const members = new Map<string, string>();
  if (query === '') return members;
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=');
    if (at === -1) return defect('Every query parameter must have the form name=value.');
    const name = pair.slice(0, at);
    if (name !== 'limit' && name !== 'before' && name !== 'refused') {
      return defect('The query parameters here are limit, before and refused, without escapes.');
    }
    if (members.has(name)) return defect(`The query parameter ${name} is given twice.`);
    members.set(name, pair.slice(at + 1));
  }
  return members;
}

function parsePage(query: string): Page | Defect {
  const members = splitQuery(query);
  if (!(members instanceof Map)) return members;
  const limit = parsePositiveInteger(members.get('limit') ?? String(ENTRIES_LIMIT_DEFAULT), ENTRIES_LIMIT_MAX);
  if (limit === null) return defect(`limit must be an integer from 1 to ${ENTRIES_LIMIT_MAX}.`);
  const written = members.get('before');
  const before = written === undefined ? null : parsePositiveInteger(written, INTEGER_MAX);
  if (before === null && written !== undefined) return defect(`before must be an integer from 1 to ${INTEGER_MAX}.`);
  const refused = members.get('refused') ?? 'false';
  if (refused !== 'true' && refused !== 'false') return defect('refused must be true or false.');
  return { kind: 'page', limit, before: before as Version | null, withRefused: refused === 'true' };
}

/** GET /api/users/:userId/entries?limit=&before=&refused= */
export function createListEntries(context: HttpContext): Endpoint {
  return (request, response) => {
    if (refuseBody(request, response)) return;
    const userId = requireUserId(request, response);
    if (userId === null) return;
    const page = parsePage(queryOf(request.url as string) ?? '');
    if (page.kind === 'defect') return sendProblem(response, 'invalid_request', page.detail);
    const { limit, before, withRefused } = page;
    const deadlineMs = deadlineFromNow(context);
    void perform(context, request, response, { kind: 'entries', userId, before, limit, withRefused, deadlineMs });
  };
}
