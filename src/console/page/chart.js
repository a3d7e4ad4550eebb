import { html, setText, svg } from './dom.js';

/**
 * @typedef {object} Series
 * @property {string} name as a person reads it
 * @property {string} series its colour: see data-series in console.css
 * @property {readonly (number | null)[]} values null: none, and the line is broken there
 * @property {boolean} [isFilled]
 *
 * @typedef {object} Picture
 * @property {readonly number[]} at where each value stands on the horizontal axis, rising
 * @property {{ from: number, to: number }} span what the horizontal axis shows
 * @property {number} gapMax values further apart are not joined
 * @property {readonly Series[]} series
 * @property {{ bottom: number, top: number }} range what the vertical axis shows
 * @property {readonly { at: number, text: string }[]} marks below the horizontal axis
 * @property {(value: number) => string} format of the vertical axis
 * @property {(at: number) => string} tell what the horizontal place is called
 * @property {(value: number | null) => string} read one value, with its unit
 * @property {boolean} [isStepped] a value holds until the next
 * @property {string} summary what somebody hears who cannot see it
 */

const RIGHT = 10;
const TOP = 8;
const BOTTOM = 22;
const LABEL_LEAST = 38;
const CHAR = 6.6;

/** Where the labels of the vertical axis stand. @param {Picture['range']} range */
const ticks = ({ bottom, top }) => [bottom, bottom + (top - bottom) / 2, top];

/** Room for the labels of the vertical axis. @param {Picture} picture */
const leftOf = ({ range, format }) =>
  8 + Math.max(LABEL_LEAST, ...ticks(range).map((value) => CHAR * format(value).length));

/**
 * A chart of lines over time or over versions. Draws what it was given last again when its size changes.
 * @param {HTMLElement} box
 */
export function createChart(box) {
  const picture = svg('svg', { role: 'img', class: 'picture', 'aria-label': 'Nothing is known yet' });
  const tip = html('div', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
  box.append(picture, tip);
  /** @type {Picture | null} */
  let latest = null;
  /** @type {number | null} */
  let pointedX = null;

  const redraw = () => {
    if (latest === null || box.clientWidth === 0) return;
    draw(picture, latest, { width: box.clientWidth, height: box.clientHeight });
    point();
  };

  function point() {
    const found = latest === null || pointedX === null ? null : nearest(latest, pointedX, box.clientWidth);
    tip.hidden = found === null;
    if (latest === null || found === null) return;
    const x = placeX(latest, /** @type {number} */ (latest.at[found]), box.clientWidth);
    picture.append(svg('line', { class: 'pointed', x1: x, x2: x, y1: TOP, y2: box.clientHeight - BOTTOM }));
    tip.replaceChildren(...tipLines(latest, found));
    const isRight = x > box.clientWidth / 2;
    tip.style.left = isRight ? '' : `${x + 10}px`;
    tip.style.right = isRight ? `${box.clientWidth - x + 10}px` : '';
  }

  new ResizeObserver(redraw).observe(box);
  picture.addEventListener('pointermove', (event) => {
    pointedX = event.offsetX;
    redraw();
  });
  picture.addEventListener('pointerleave', () => {
    pointedX = null;
    redraw();
  });

  return {
    /** @param {Picture} given */
    show(given) {
      latest = given;
      redraw();
    },
  };
}

/**
 * @param {Picture} picture
 * @param {number} at
 * @param {number} width
 */
function placeX(picture, at, width) {
  const { span } = picture;
  const left = leftOf(picture);
  return left + ((at - span.from) / Math.max(1, span.to - span.from)) * (width - left - RIGHT);
}

/**
 * @param {Picture} picture
 * @param {number} x
 * @param {number} width
 */
function nearest(picture, x, width) {
  const distances = picture.at.map((at) => Math.abs(placeX(picture, at, width) - x));
  const least = Math.min(...distances);
  return least < 24 ? distances.indexOf(least) : null;
}

/**
 * @param {Picture} picture
 * @param {number} index
 */
function tipLines({ at, series, tell, read }, index) {
  return [
    html('div', { class: 'tip-head' }, [tell(/** @type {number} */ (at[index]))]),
    ...series.map((each) =>
      html('div', { class: 'tip-line', 'data-series': each.series }, [
        html('span', {}, [each.name]),
        html('b', {}, [read(each.values[index] ?? null)]),
      ]),
    ),
  ];
}

/**
 * @param {SVGSVGElement} element
 * @param {Picture} picture
 * @param {{ width: number, height: number }} size
 */
function draw(element, picture, { width, height }) {
  const { bottom, top } = picture.range;
  const floor = height - BOTTOM;
  /** @param {number} value */
  const y = (value) => floor - ((Math.min(value, top) - bottom) / (top - bottom)) * (floor - TOP);
  /** @param {number} at */
  const x = (at) => placeX(picture, at, width);
  element.setAttribute('viewBox', `0 0 ${width} ${height}`);
  element.setAttribute('aria-label', picture.summary);
  const lines = picture.series.flatMap((each) => drawSeries(picture, each, x, y, floor));
  element.replaceChildren(...grid(picture, y, width), ...marks(picture, x, width, height), ...lines);
}

/**
 * @param {Picture} picture
 * @param {(value: number) => number} y
 * @param {number} width
 */
function grid(picture, y, width) {
  const left = leftOf(picture);
  return ticks(picture.range).flatMap((value) => {
    const label = svg('text', { class: 'axis', x: left - 8, y: y(value) + 4, 'text-anchor': 'end' });
    setText(label, picture.format(value));
    return [svg('line', { class: 'grid', x1: left, x2: width - RIGHT, y1: y(value), y2: y(value) }), label];
  });
}

/**
 * @param {Picture} picture
 * @param {(at: number) => number} x
 * @param {number} width
 * @param {number} height
 */
function marks(picture, x, width, height) {
  return picture.marks.map(({ at, text }) => {
    const place = x(at);
    const anchor = place > width - 40 ? 'end' : place < leftOf(picture) + 20 ? 'start' : 'middle';
    const label = svg('text', { class: 'axis', x: place, y: height - 5, 'text-anchor': anchor });
    setText(label, text);
    return label;
  });
}

/**
 * @param {Picture} picture
 * @param {Series} series
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 * @param {number} floor
 */
function drawSeries({ at, span, gapMax, isStepped }, series, x, y, floor) {
  /** @type {{ x: number, y: number }[][]} */
  const runs = [];
  let lastAt = Number.NEGATIVE_INFINITY;
  at.forEach((place, index) => {
    const value = series.values[index];
    if (value == null || place < span.from) return;
    if (place - lastAt > gapMax || series.values[index - 1] == null) runs.push([]);
    runs.at(-1)?.push({ x: x(place), y: y(value) });
    lastAt = place;
  });
  return runs.flatMap((run) => {
    const line = pathOf(run, isStepped === true);
    const drawn = [svg('path', { class: 'line', 'data-series': series.series, d: line })];
    const [first, last] = [run[0], run.at(-1)];
    if (series.isFilled && first !== undefined && last !== undefined) {
      const area = `${line}V${floor}H${first.x.toFixed(1)}Z`;
      drawn.unshift(svg('path', { class: 'area', 'data-series': series.series, d: area }));
    }
    return drawn;
  });
}

/**
 * @param {readonly { x: number, y: number }[]} run
 * @param {boolean} isStepped
 */
function pathOf(run, isStepped) {
  return run
    .map(({ x, y }, index) => {
      const [toX, toY] = [x.toFixed(1), y.toFixed(1)];
      if (index === 0) return `M${toX} ${toY}${run.length === 1 ? 'h.1' : ''}`;
      return isStepped ? `H${toX}V${toY}` : `L${toX} ${toY}`;
    })
    .join('');
}
