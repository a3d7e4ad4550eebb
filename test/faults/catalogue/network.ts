import { always, type Fault } from '../fault.ts';
import { pause } from '../wait.ts';

const HELD_WITHIN_MS = 3000;

export const connectionsReset: Fault = {
  name: 'connections-reset',
  what: 'connections to PostgreSQL are reset: all, or those of one kind',
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world, random) {
    const role = random.pick(['all', 'writer', 'reader'] as const);
    world.proxy.reset((link) => role === 'all' || link.role === role);
    world.wound();
  },
};

export const replyLostCommitted: Fault = {
  name: 'reply-lost-committed',
  what: 'a round is committed, and its connection is reset before the reply',
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world) {
    const held = await world.proxy.holdRound({ point: 'reply', withinMs: HELD_WITHIN_MS });
    held.reset();
    world.wound([held.slot]);
    world.spare(() => true, 'the round is settled before anybody has to know');
  },
};

export const replyLostNotCommitted: Fault = {
  name: 'reply-lost-not-committed',
  what: 'a round never arrives at PostgreSQL, and its connection is reset',
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world) {
    const held = await world.proxy.holdRound({ point: 'request', withinMs: HELD_WITHIN_MS });
    held.reset();
    world.wound([held.slot]);
    world.spare(() => true, 'the round is settled before anybody has to know');
  },
};

export const roundStalled: Fault = {
  name: 'round-stalled',
  what: 'the reply to a committed round is held up for up to 2 s, then arrives',
  countsFrom: 'the arrival',
  goodWithinMs: 1000,
  isAvailable: always,
  async inject(world, random) {
    const held = await world.proxy.holdRound({ point: 'reply', withinMs: HELD_WITHIN_MS });
    await pause(random.integer(200, 2000));
    held.release();
    world.wound([held.slot]);
  },
};

export const networkSlow: Fault = {
  name: 'network-slow',
  what: 'every packet to and from PostgreSQL takes 50 to 150 ms',
  goodWithinMs: 3000,
  isAvailable: always,
  async inject(world, random) {
    world.proxy.delayMs = random.integer(50, 150);
    world.wound();
    await pause(1500);
    world.proxy.delayMs = 0;
    // Packets under way would be overtaken by those that follow.
    world.proxy.reset(() => true);
  },
};

export const blackHoleAll: Fault = {
  name: 'black-hole',
  what: 'nothing goes to or from PostgreSQL for 0.5 to 5 s, and nobody is told; then it does again',
  countsFrom: 'packets flowing again',
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world, random) {
    world.proxy.silence(() => true);
    await pause(random.integer(500, 5000));
    world.proxy.passAll();
    world.wound();
  },
};

export const blackHoleWriter: Fault = {
  name: 'black-hole-writer',
  what: 'the connection of one worker falls silent for good; new ones work',
  goodWithinMs: 6500,
  isAvailable: always,
  async inject(world, random) {
    const silent = random.pick(world.proxy.links.filter((link) => link.role === 'writer'));
    world.proxy.silence((link) => link === silent);
    world.wound([silent.slot]);
    await world.trial.timeToGood();
    silent.reset();
    world.proxy.passAll();
  },
};
