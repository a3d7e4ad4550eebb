import type { Balance, OperationId, UserId } from '../../src/domain/operation.ts';
import { type Answer, isWorthSendingAgain, type SimCallers } from './sim-callers.ts';
import type { World } from './world.ts';

/** The first of the users that are created while the simulation runs. */
const FIRST_USER = 101;
const SENDINGS_MAX = 4;

interface Wish {
  readonly userId: UserId;
  readonly balance: Balance;
  readonly key: string | null;
}

interface CreationCall extends Wish {
  readonly operationId: OperationId;
  readonly answer: Answer;
}

/** Callers that want the same new users at the same time, and what they were told. */
export class SimCreators {
  readonly #world: World;
  readonly #callers: SimCallers;
  readonly #calls: CreationCall[] = [];

  constructor(world: World, callers: SimCallers) {
    this.#world = world;
    this.#callers = callers;
  }

  schedule(untilMs: number): void {
    const { random, timeline } = this.#world;
    for (let user = random.integer(0, 6); user > 0; user -= 1) {
      const userId = (FIRST_USER + user) as UserId;
      const atMs = random.between(0, untilMs);
      for (let rival = random.integer(1, 3); rival > 0; rival -= 1) {
        const key = random.chance(0.5) ? this.#callers.nextKey() : null;
        const wish = { userId, balance: random.integer(0, 3) as Balance, key };
        timeline.after(atMs + random.between(0, 200), () => void this.#create(wish));
      }
    }
  }

  /** Sends a keyed creation again until it has a verdict, others once. */
  async #create(wish: Wish): Promise<void> {
    for (let sending = 1; sending <= SENDINGS_MAX; sending += 1) {
      const { operationId, answer } = await this.#callers.exchange((id, deadlineMs) => ({
        kind: 'create',
        id,
        userId: wish.userId,
        balance: wish.balance,
        idempotencyKey: wish.key,
        isRetry: false,
        deadlineMs,
      }));
      this.#calls.push({ ...wish, operationId, answer });
      if (typeof answer !== 'string')
        this.#world.counters.count(`creation: ${'code' in answer ? answer.code : answer.kind}`);
      if (wish.key === null || !isWorthSendingAgain(answer)) return;
      await this.#callers.pause(this.#world.random.between(10, 400));
    }
  }

  /** What was said that the tables do not bear out. */
  findFalseAnswers(): readonly string[] {
    return this.#calls.flatMap((call) => {
      const defect = this.#defectOf(call);
      return defect === null ? [] : [`creation: user ${call.userId}: ${call.operationId} ${defect}`];
    });
  }

  #defectOf(call: CreationCall): string | null {
    const { answer, userId } = call;
    if (typeof answer === 'string') return null;
    const account = this.#world.server.tables.account(userId);
    const [opening] = this.#world.server.tables.entriesOf(userId);
    if (answer.kind === 'failed') {
      const isMade = opening?.operationId === call.operationId;
      return isMade && answer.code !== 'outcome_unknown' ? `was told ${answer.code}, and was made` : null;
    }
    if (account === undefined) return 'was answered, and there is no such user';
    if (answer.kind === 'rejected') return this.#isMaker(call) ? `was told ${answer.code}, and was made` : null;
    if (answer.kind !== 'created') return `was answered ${answer.kind}`;
    if (answer.balance !== call.balance || account.balance !== call.balance) return 'was made with another balance';
    if (answer.replayed && call.key === null) return 'was replayed without a key';
    const isOnlyOne = this.#calls.every(
      (other) => typeof other.answer === 'string' || other.answer.kind !== 'created' || isSame(other, call),
    );
    return isOnlyOne && (this.#leavesNoEntry(call) || this.#isMaker(call)) ? null : 'was made by another';
  }

  /** The opening entry is of this very call, or of another that carried its key. */
  #isMaker(call: CreationCall): boolean {
    const [opening] = this.#world.server.tables.entriesOf(call.userId);
    if (opening === undefined) return false;
    return opening.operationId === call.operationId || (call.key !== null && opening.idempotencyKey === call.key);
  }

  #leavesNoEntry({ balance, key }: CreationCall): boolean {
    return balance === 0 && key === null;
  }
}

const isSame = (one: CreationCall, other: CreationCall): boolean =>
  one.userId !== other.userId || one.operationId === other.operationId || (one.key !== null && one.key === other.key);
