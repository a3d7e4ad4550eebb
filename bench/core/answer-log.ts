import type { Changed } from '../../src/domain/outcome.ts';
import type { AnswerList } from '../stream/plan.ts';

const ID_BYTES = 36;

/**
 * Every change that was made, kept outside the heap: as objects a million of them would be copied again and again by the
 * garbage collector of the very process that is measured.
 */
export class AnswerLog {
  readonly #userIds: Float64Array;
  readonly #balances: Float64Array;
  readonly #versions: Float64Array;
  readonly #ids: Buffer;
  #size = 0;

  constructor(sizeMax: number) {
    this.#userIds = new Float64Array(sizeMax);
    this.#balances = new Float64Array(sizeMax);
    this.#versions = new Float64Array(sizeMax);
    this.#ids = Buffer.alloc(sizeMax * ID_BYTES);
  }

  add({ userId, balance, version, operationId }: Changed): void {
    const at = this.#size;
    this.#userIds[at] = userId;
    this.#balances[at] = balance;
    this.#versions[at] = version;
    this.#ids.write(operationId, at * ID_BYTES, 'latin1');
    this.#size += 1;
  }

  read(): AnswerList {
    const size = this.#size;
    return {
      userIds: Array.from(this.#userIds.subarray(0, size)),
      balances: Array.from(this.#balances.subarray(0, size)),
      versions: Array.from(this.#versions.subarray(0, size)),
      operationIds: Array.from({ length: size }, (_, at) =>
        this.#ids.toString('latin1', at * ID_BYTES, (at + 1) * ID_BYTES),
      ),
    };
  }
}
