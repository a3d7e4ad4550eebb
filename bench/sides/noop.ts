import { readConstantAnswers } from '../answers.ts';
import { unexpectedOutcomes } from '../proof/outcomes.ts';
import type { Releases } from '../releases.ts';
import { startPeer } from './peer-process.ts';
import type { HttpSide, NoopName } from './side.ts';

/** A server that answers a constant, in as many processes as the service has workers. */
export async function startNoop(name: NoopName, processes: number, releases: Releases): Promise<HttpSide> {
  const { pid, url, tail } = await startPeer(name, { PEER_PROCESSES: `${processes}` }, releases);
  return {
    name,
    pid,
    url,
    tail,
    createAccount: async (balance) => ({ userId: 1, opening: balance }),
    prove: async ({ opening }, load) => readConstantAnswers(load, opening),
    createUsers: async (count) => ({ firstId: 1, count }),
    watch: async () => async (result) => unexpectedOutcomes(result, 'accepted'),
  };
}
