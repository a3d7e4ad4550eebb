import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects all that can go, at once. V8 would do it when it likes, with threads on every core: in the middle of a run. */
export const collectGarbage = runInNewContext('gc') as () => void;
