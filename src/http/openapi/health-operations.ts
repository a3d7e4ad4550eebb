import { live, ready } from './answer-bodies.ts';
import { operation } from './operations.ts';
import { success } from './responses.ts';

export const readLiveness = operation({
  operationId: 'readLiveness',
  tag: 'Health',
  summary: 'Does it live?',
  description: '200 when the process runs.',
  scope: null,
  responses: { 200: success('It runs.', live, { status: 'ok' }) },
  problems: [],
});

export const readReadiness = operation({
  operationId: 'readReadiness',
  tag: 'Health',
  summary: 'Is it ready?',
  description: '200 when requests can be served; a load balancer should send none otherwise.',
  scope: null,
  responses: { 200: success('Requests can be served.', ready, { status: 'ready' }) },
  problems: ['not_ready'],
});
