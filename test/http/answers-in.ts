/** What came back on a connection: the statuses of its answers in order, and whether nothing else was in it. */
export interface Answers {
  readonly statuses: readonly number[];
  readonly codes: readonly (string | undefined)[];
  /** Bytes that are no part of a whole answer. */
  readonly rest: string;
}

const HEAD = /^HTTP\/1\.1 (\d{3}) [^\r\n]*\r\n((?:[^\r\n]+\r\n)*)\r\n/;

/** Takes bytes apart into answers; every answer of the service names its length, except an interim one. */
export function answersIn(received: string): Answers {
  const statuses: number[] = [];
  const codes: (string | undefined)[] = [];
  let rest = received;
  for (let head = HEAD.exec(rest); head !== null; head = HEAD.exec(rest)) {
    const [whole, status = '', fields = ''] = head;
    const length = Number(/^content-length: (\d+)$/im.exec(fields)?.[1] ?? 0);
    const body = rest.slice(whole.length, whole.length + length);
    if (body.length < length) break;
    statuses.push(Number(status));
    codes.push(/"code":"(\w+)"/.exec(body)?.[1]);
    rest = rest.slice(whole.length + length);
  }
  return { statuses, codes, rest };
}
