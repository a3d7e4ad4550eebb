import { DARK, LIGHT, type Paint, plotStyle } from '../plot/paint.ts';

const NAMES = Object.keys(LIGHT) as (keyof Paint)[];

const properties = (paint: Paint) => NAMES.map((name) => `--${name}: ${paint[name]};`).join(' ');
const asProperties = Object.fromEntries(NAMES.map((name) => [name, `var(--${name})`])) as Record<keyof Paint, string>;

/** Everything a report looks like, plots included; the theme is that of the reader's system. */
export const PAGE_STYLE = `
  :root { color-scheme: light dark; ${properties(LIGHT)} --panel: #f6f8fb; --good: #15803d; --bad: #b91c1c }
  @media (prefers-color-scheme: dark) {
    :root { ${properties(DARK)} --panel: #141c2c; --good: #4ade80; --bad: #f87171 }
  }
  ${plotStyle(asProperties)}
  * { box-sizing: border-box }
  html { -webkit-text-size-adjust: 100% }
  body {
    margin: 0 auto; max-width: 1120px; padding: 28px 20px 72px; background: var(--ground); color: var(--ink);
    font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  }
  h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em }
  h2 { font-size: 1.25rem; margin: 56px 0 4px; padding-top: 20px; border-top: 1px solid var(--grid) }
  p { margin: 0 0 12px; max-width: 76ch }
  a { color: var(--own) }
  .dim { color: var(--dim) }
  .verdict { font-weight: 650; margin: 16px 0 20px; padding: 12px 16px; border-left: 4px solid var(--good); background: var(--panel) }
  .verdict.bad { border-color: var(--bad) }
  .bad { color: var(--bad) }
  .lead { font-size: 1.15rem }
  .lead strong { color: var(--own) }
  dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0 0 8px; font-size: 0.9rem }
  dl.facts dt { color: var(--dim) }
  dl.facts dd { margin: 0 }
  nav ul { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; padding: 0; margin: 12px 0 0; font-size: 0.9rem }
  .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 24px 44px; margin: 20px 0 }
  figure { margin: 0; max-width: 460px }
  figcaption { font-weight: 650; font-size: 0.95rem; margin-bottom: 8px }
  svg { display: block; width: 100%; height: auto; overflow: visible }
  .table { overflow-x: auto; margin: 12px 0 }
  .table:focus-visible { outline: 2px solid var(--own); outline-offset: 4px }
  table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; white-space: nowrap }
  caption { text-align: left; color: var(--dim); padding: 4px 0 }
  th, td { padding: 5px 14px 5px 0; text-align: right; border-bottom: 1px solid var(--grid) }
  .text, th[scope='row'], td:first-child, th:first-child { text-align: left; font-weight: 400 }
  thead th { color: var(--dim); font-weight: 400; vertical-align: bottom }
  tr.own th, tr.own td { color: var(--own); font-weight: 650 }
  td[colspan] { text-align: left; color: var(--bad) }
  details summary { cursor: pointer; color: var(--dim); font-size: 0.9rem }
  ul.plain { padding-left: 18px; margin: 8px 0 }
  @media (max-width: 480px) {
    body { padding: 20px 16px 56px }
    dl.facts { grid-template-columns: 1fr; gap: 0 }
    dl.facts dd { margin-bottom: 6px }
  }
  @media print { .table { overflow: visible } section { break-inside: avoid } }`;
