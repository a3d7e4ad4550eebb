import { SimWorker } from './sim-worker.ts';
import type { World } from './world.ts';

interface Seat {
  worker: SimWorker;
  generation: number;
  isReplaced: boolean;
}

/** Keeps one worker alive per slot and tells them of each other, as src/cluster/launcher.ts does. */
export class SimLauncher {
  readonly tag: number;
  readonly #world: World;
  readonly #seats: Seat[] = [];
  readonly #paths: (string | null)[];
  /** Successors included: they hear of their peers before they own anything. */
  readonly #members = new Set<SimWorker>();
  readonly #owners = new Set<SimWorker>();
  #isAlive = true;

  constructor(world: World, tag: number, slots: number) {
    this.tag = tag;
    this.#world = world;
    this.#paths = Array.from({ length: slots }, () => null);
    for (let slot = 0; slot < slots; slot += 1) {
      this.#seats.push({ worker: this.#fork(slot, 0), generation: 0, isReplaced: false });
    }
    for (const { worker } of this.#seats) worker.own();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get workers(): readonly SimWorker[] {
    return this.#isAlive ? this.#seats.map((seat) => seat.worker) : [];
  }

  /** Every slot has its owner. */
  get isReady(): boolean {
    return this.#isAlive && this.#seats.every(({ worker }) => worker.process.isRunning && this.#owners.has(worker));
  }

  /** The launcher dies, and its workers with it. */
  kill(): void {
    this.#isAlive = false;
    for (const worker of this.#members) worker.process.kill();
  }

  /** Replaces one worker: the successor stands by, the old one answers all it has, then the new one owns. */
  async replace(slot: number, whenDrained: (worker: SimWorker) => Promise<void>): Promise<void> {
    const seat = this.#seats[slot];
    if (seat === undefined || seat.isReplaced || !this.#isAlive || !seat.worker.process.isRunning) return;
    const old = seat.worker;
    seat.isReplaced = true;
    const successor = this.#fork(slot, seat.generation + 1);
    const gone = new Promise<void>((resolve) => old.process.onExit(resolve));
    void old.leave(() => whenDrained(old));
    // It may also be killed on the way.
    await gone;
    if (seat.worker !== old || !this.#isAlive) return successor.process.kill();
    seat.worker = successor;
    seat.generation += 1;
    seat.isReplaced = false;
    successor.own();
  }

  #fork(slot: number, generation: number): SimWorker {
    const worker: SimWorker = new SimWorker(this.#world, {
      holder: { launcherTag: this.tag, slot },
      path: `${this.tag}/${slot}-${generation}`,
      paths: this.#paths,
      onStateChange: (state) => {
        this.#world.counters.count(`session ${state}`);
        if (state === 'held') this.#owns(worker, slot);
        else this.#owners.delete(worker);
      },
    });
    this.#members.add(worker);
    worker.process.onExit(() => this.#exited(worker, slot));
    return worker;
  }

  #owns(worker: SimWorker, slot: number): void {
    this.#owners.add(worker);
    this.#paths[slot] = worker.path;
    for (const other of this.#members) {
      other.process.deliver(this.#world.random.between(0.1, 1), () => other.meetPeer(slot, worker.path));
    }
  }

  #exited(worker: SimWorker, slot: number): void {
    this.#owners.delete(worker);
    this.#members.delete(worker);
    const seat = this.#seats[slot];
    if (!this.#isAlive || seat?.worker !== worker || (seat.isReplaced && !worker.isTakingRequests)) return;
    this.#world.timeline.after(this.#world.random.between(20, 300), () => {
      if (!this.#isAlive || seat.worker !== worker) return;
      seat.generation += 2;
      seat.isReplaced = false;
      seat.worker = this.#fork(slot, seat.generation);
      seat.worker.own();
    });
  }
}
