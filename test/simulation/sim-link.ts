import type { Random } from '../support/random.ts';
import type { SimProcess } from './sim-process.ts';
import type { Timeline } from './timeline.ts';

/** What the next messages over a link meet. */
export interface LinkWeather {
  readonly latencyMaxMs: number;
  /** Nothing arrives, either way, and nobody is told, until it clears up: then what was held is sent again. */
  isBlack: boolean;
  readonly held: (() => void)[];
  /** Chances for each request to be lost before the server has it, or for its reply to be lost, with the connection. */
  loseRequest: number;
  loseReply: number;
}

export const fairWeather = (): LinkWeather => ({
  latencyMaxMs: 0.3,
  isBlack: false,
  held: [],
  loseRequest: 0,
  loseReply: 0,
});

export function clearUp(weather: LinkWeather): void {
  weather.isBlack = false;
  weather.loseRequest = 0;
  weather.loseReply = 0;
  for (const task of weather.held.splice(0)) task();
}

export interface Wire {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly weather: LinkWeather;
  readonly process: SimProcess;
}

/** What has been sent arrives in order at the server; the process hears through its own clock. */
export class SimLink {
  readonly #wire: Wire;
  #upAtMs = 0;
  #downAtMs = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  toServer(task: () => void): void {
    const { timeline, weather } = this.#wire;
    this.#upAtMs = Math.max(this.#upAtMs, timeline.now + this.#latencyMs());
    timeline.after(this.#upAtMs - timeline.now, () => {
      if (weather.isBlack) weather.held.push(() => this.toServer(task));
      else task();
    });
  }

  toProcess(task: () => void): void {
    const { timeline, weather, process } = this.#wire;
    this.#downAtMs = Math.max(this.#downAtMs, timeline.now + this.#latencyMs());
    process.deliver(this.#downAtMs - timeline.now, () => {
      if (weather.isBlack) weather.held.push(() => this.toProcess(task));
      else task();
    });
  }

  #latencyMs(): number {
    return this.#wire.random.between(0.02, this.#wire.weather.latencyMaxMs);
  }
}
