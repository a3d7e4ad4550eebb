/** From a process of the bench that carries out orders, one at a time. */
export type HelperMessage<Result> =
  | { readonly kind: 'ready' }
  /** Which share of the order is done, 0 to 1. */
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'result'; readonly result: Result }
  | { readonly kind: 'failed'; readonly reason: string };
