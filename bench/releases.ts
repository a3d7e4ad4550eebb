/**
 * What was started, to be ended in reverse order, once. What is added after the end has begun is ended right away, so
 * nothing that was still starting when the bench was interrupted stays behind.
 */
export class Releases {
  readonly #steps: (() => Promise<void>)[] = [];
  #ended: Promise<void> | null = null;

  add(step: () => Promise<void>): void {
    if (this.#ended === null) this.#steps.push(step);
    else this.#ended = Promise.all([this.#ended, runStep(step)]).then(() => undefined);
  }

  /** Never rejects: what cannot be ended is told on standard error. */
  async run(): Promise<void> {
    this.#ended ??= this.#runAll();
    let awaited: Promise<void> | null = null;
    while (awaited !== this.#ended) {
      awaited = this.#ended;
      await awaited;
    }
  }

  async #runAll(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await runStep(step);
  }
}

async function runStep(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    process.stderr.write(`While stopping: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
