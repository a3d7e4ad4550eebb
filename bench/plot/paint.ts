/** Colours by what they are for. They are told apart by lightness and form too, never by hue alone. */
export interface Paint {
  readonly ground: string;
  readonly ink: string;
  readonly dim: string;
  readonly grid: string;
  /** What is the service's. */
  readonly own: string;
  readonly peer: string;
  /** Servers that do nothing: drawn hollow. */
  readonly ceiling: string;
}

export const LIGHT: Paint = {
  ground: '#ffffff',
  ink: '#0f172a',
  dim: '#475569',
  grid: '#e2e8f0',
  own: '#1d4ed8',
  peer: '#7d8b9e',
  ceiling: '#64748b',
};

export const DARK: Paint = {
  ground: '#0d1320',
  ink: '#e8edf4',
  dim: '#a9b5c6',
  grid: '#273246',
  own: '#7aa7ff',
  peer: '#6b7a90',
  ceiling: '#93a1b5',
};

/** The same style for every plot. On a page, `paint` may name custom properties, so that the theme can change. */
export function plotStyle({ ground, ink, dim, grid, own, peer, ceiling }: Paint): string {
  return `
  .ground { fill: ${ground}; stroke: ${grid} }
  text { fill: ${ink}; font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums }
  text.title { font-size: 16px; font-weight: 650 }
  text.dim { fill: ${dim}; font-size: 12px }
  text.strong { font-weight: 650 }
  text.own { fill: ${own}; font-weight: 650 }
  text.halo { paint-order: stroke; stroke: ${ground}; stroke-width: 4px; stroke-linejoin: round }
  .grid { stroke: ${grid}; stroke-width: 1 }
  .reference { stroke: ${dim}; stroke-width: 1; stroke-dasharray: 2 3 }
  .mark.own { fill: ${own}; stroke: ${own} }
  .mark.peer { fill: ${peer}; stroke: ${peer} }
  .mark.ceiling { fill: ${ground}; stroke: ${ceiling}; stroke-width: 1.5 }
  .thread { fill: none; stroke-width: 2 }
  .thread.own { stroke: ${own} }
  .thread.peer { stroke: ${peer} }
  .thread.ceiling { stroke: ${ceiling}; stroke-width: 1.5 }
  .dashed { stroke-dasharray: 5 4 }
  .range { stroke: ${ink}; stroke-width: 1.25; stroke-opacity: 0.65 }`;
}
